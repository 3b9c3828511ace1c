import type { Command } from '@oclif/core/command';
import type { Manifest, PJSON, Plugin } from '@oclif/core/interfaces';

export interface OwnPluginParts {
  readonly root: string;
  readonly pjson: PJSON;
  readonly manifest: Manifest;
  /** Loads each command's module. */
  readonly loaders: Readonly<Record<string, () => Promise<{ readonly default: Command.Class }>>>;
}

/**
 * The commands of this package as oclif's own loader would present them, without its search through files: all that it
 * finds there is known when the command line is bundled.
 */
export function ownPlugin({ root, pjson, manifest, loaders }: OwnPluginParts): Plugin {
  const { name, version } = pjson;
  const load = async (id: string): Promise<Command.Class> => {
    const loader = loaders[id];
    if (loader === undefined) throw new Error(`command ${id} not found`);
    const command = (await loader()).default;
    command.id = id;
    command.plugin = plugin;
    return command;
  };
  const plugin: Plugin = {
    _base: '',
    alias: name,
    commandIDs: Object.keys(manifest.commands),
    commands: Object.entries(manifest.commands).map(([id, command]) => ({
      ...command,
      load: () => load(id),
      pluginAlias: name,
      pluginType: 'core',
    })),
    commandsDir: undefined,
    findCommand: load,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: () => Promise.resolve(),
    moduleType: 'module',
    name,
    options: { root },
    pjson,
    root,
    topics: [],
    type: 'core',
    valid: true,
    version,
  };
  return plugin;
}
