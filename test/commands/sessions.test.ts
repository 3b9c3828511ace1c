import { expect } from 'chai';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { runCli, type Outcome } from './support/cli.js';
import { transcribe } from './support/session.js';
import { withTempFolder } from './support/temp-folder.js';

const folder = new URL('./sessions/', import.meta.url);
const sessions = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));

// These print bytes that JSON has no place for.
const TEXT_ONLY = ['--raw', '--null'];

describe('sessions', () => {
  for (const { name, text } of sessions) {
    it(`${name} runs as it is written`, () =>
      withTempFolder(async (cwd) => {
        const transcript = await transcribe(text, cwd);
        if (process.env['UPDATE_SESSIONS'] === '1') writeFileSync(new URL(name, folder), transcript);
        else expect(transcript.split('\n')).to.deep.equal(text.split('\n'));
      }));

    it(`${name} has the same exit codes with --json, and JSON only`, () =>
      withTempFolder(async (cwd) => {
        const codes: number[] = [];
        await transcribe(text, cwd, async ({ argv, stdin }) => {
          const jsonArgv = argv.some((arg) => TEXT_ONLY.includes(arg)) ? argv : withJson(argv);
          const outcome = await runCli(jsonArgv, { cwd, stdin });
          if (jsonArgv !== argv) expectJson(outcome, jsonArgv);
          codes.push(outcome.code);
          return outcome;
        });
        expect(codes).to.deep.equal(await exitCodesOf(text));
      }));
  }
});

async function exitCodesOf(text: string): Promise<number[]> {
  return withTempFolder(async (cwd) => {
    const codes: number[] = [];
    await transcribe(text, cwd, async ({ argv, stdin }) => {
      const outcome = await runCli(argv, { cwd, stdin });
      codes.push(outcome.code);
      return outcome;
    });
    return codes;
  });
}

/** Puts `--json` behind the command, unless it is there. */
function withJson(argv: readonly string[]): readonly string[] {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const [command = '', ...rest] = argv;
  return flags.includes('--json') ? argv : [command, '--json', ...rest];
}

function expectJson({ code, stdout, stderr }: Outcome, argv: readonly string[]): void {
  const where = argv.join(' ');
  for (const line of linesOf(stdout)) expect(JSON.parse(line), where).to.be.an('object');
  const errors = linesOf(stderr).map((line) => JSON.parse(line) as { error: { code: string; exitCode: number } });
  expect(
    errors.map(({ error }) => error.exitCode),
    where,
  ).to.deep.equal(code === 0 ? [] : [code]);
  for (const { error } of errors) expect(error.code, where).to.match(/^[A-Z][A-Z0-9_]+$/);
}

function linesOf(text: string): string[] {
  expect(text === '' || text.endsWith('\n')).to.equal(true);
  return text.split('\n').slice(0, -1);
}
