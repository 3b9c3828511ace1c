/** What commands are for, in the order of the help; a command that is not listed here comes last. */
const GROUPS: readonly (readonly [title: string, ...ids: string[]])[] = [
  ['READ', 'get', 'scan', 'count', 'tables'],
  ['WRITE', 'put', 'delete', 'apply', 'replay', 'purge-table'],
  ['LOOK', 'map', 'tree', 'owner', 'report'],
  ['INSPECT', 'stat', 'explain', 'verify-pages', 'dump-superblock', 'dump-page'],
  ['TIME TRAVEL', 'history', 'diff', 'changes', 'hash', 'verify-log', 'rewind'],
  ['COPIES', 'upgrade', 'compact'],
  ['DATA IN AND OUT', 'import', 'export'],
  ['SHELL', 'completion'],
  ['RESCUE', 'recover', 'backup', 'salvage'],
];

/** The groups that have commands, each with its own in that order. */
export function grouped<T extends { readonly id: string }>(commands: readonly T[]): { title: string; members: T[] }[] {
  const listed = new Set(GROUPS.flatMap(([, ...ids]) => ids));
  const groups = GROUPS.map(([title, ...ids]) => ({
    title,
    members: ids.flatMap((id) => commands.filter((command) => command.id === id)),
  }));
  const others = { title: 'OTHER', members: commands.filter(({ id }) => !listed.has(id)) };
  return [...groups, others].filter(({ members }) => members.length > 0);
}
