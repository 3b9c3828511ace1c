/** What the project has set itself for 1,000,000 operations. */
const TARGETS = [
  { name: 'random/replay/command', field: 'cpuByParse', atMost: 8 },
  { name: 'sequential/replay/command', field: 'cpuByParse', atMost: 4 },
  { name: 'random/replay/command', field: 'memoryMaxBytes', atMost: 300e6 },
  { name: 'sequential/replay/command', field: 'memoryMaxBytes', atMost: 300e6 },
  { name: 'random/put-100/lmdb', field: 'oursByThis', atLeast: 2 },
  { name: 'random/put-100/sqlite', field: 'oursByThis', atLeast: 2 },
];

/** Those that were measured. */
export function checkTargets(rows) {
  return TARGETS.flatMap(({ name, field, atMost = Infinity, atLeast = 0 }) => {
    const value = rows.find((row) => row.name === name)?.[field];
    if (value === undefined) return [];
    const limit = atMost === Infinity ? { atLeast } : { atMost };
    return [{ name, field, value, ...limit, met: value >= atLeast && value <= atMost }];
  });
}
