/** Runs commands inside this process: a few milliseconds each, where a process of its own takes hundreds. */
import { Config } from '@oclif/core/config';
import type { Command } from '@oclif/core/command';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FakeOutput } from './fake-output.js';

export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array | Readable;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and error are terminals of this width. */
  readonly terminalColumns?: number;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

type RunnableCommand = typeof Command & { new (argv: string[], config: Config): Command };

const commandFolder = new URL('../../../src/commands/', import.meta.url);

export const commandIds: readonly string[] = readdirSync(commandFolder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

let config: Promise<Config> | undefined;

const loadConfig = (): Promise<Config> => (config ??= Config.load(repositoryRoot));

// Imported when needed, like the commands: the test runner may load its own imports as another kind of module, and the
// commands would then have other streams than the ones that are set here.
const loadIo = () => import('../../../src/cli/io.js');
const loadErrors = () => import('../../../src/cli/errors.js');

export async function loadCommand(id: string): Promise<RunnableCommand> {
  const module = (await import(`../../../src/commands/${id}.js`)) as { default: RunnableCommand };
  return module.default;
}

/** Runs `kmb-store` with these arguments; the first must be a command. */
export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [id = '', ...rest] = argv;
  const columns = options.terminalColumns;
  const stdout = new FakeOutput(columns);
  const stderr = new FakeOutput(columns);
  const stdin = options.stdin instanceof Readable ? options.stdin : Readable.from([Buffer.from(options.stdin ?? '')]);
  const io = { stdin, stdout, stderr, env: options.env ?? {} };
  const { withIo } = await loadIo();
  const code = await withIo(io, () => inFolder(options.cwd, () => runCommand(id, rest, argv)));
  return { code, stdout: stdout.text, stdoutBytes: stdout.bytes, stderr: stderr.text };
}

async function runCommand(id: string, rest: string[], argv: readonly string[]): Promise<number> {
  try {
    const command = await loadCommand(id);
    command.id = id;
    await command.run(rest, await loadConfig());
    return 0;
  } catch (error) {
    const { reportError } = await loadErrors();
    return reportError(error, argv);
  }
}

async function inFolder<T>(folder: string | undefined, action: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  if (folder !== undefined) process.chdir(folder);
  try {
    return await action();
  } finally {
    process.chdir(before);
  }
}
