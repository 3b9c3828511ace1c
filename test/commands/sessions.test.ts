import { expect } from 'chai';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { commandIds, runCli } from './support/cli.js';
import { expectShapes, schemaOf } from './support/schemas.js';
import { transcribe } from './support/session.js';
import { withTempFolder } from './support/temp-folder.js';

const folder = new URL('./sessions/', import.meta.url);
const sessions = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));

// These print bytes that JSON has no place for.
const TEXT_ONLY = ['--raw', '--null', '--dot'];
/** They print no results. */
const WITHOUT_JSON = ['completion', 'help'];

/** How many results each command gave in JSON, over all sessions. */
const resultCounts = new Map<string, number>();

function tally([command = '']: readonly string[], results: number): void {
  resultCounts.set(command, (resultCounts.get(command) ?? 0) + results);
}

describe('sessions', () => {
  for (const { name, text } of sessions) {
    const codesAsWritten: number[] = [];

    it(`${name} runs as it is written`, () =>
      withTempFolder(async (cwd) => {
        const transcript = await transcribe(text, cwd, async ({ argv, stdin }) => {
          const outcome = await runCli(argv, { cwd, stdin });
          codesAsWritten.push(outcome.code);
          return outcome;
        });
        if (process.env['UPDATE_SESSIONS'] === '1') writeFileSync(new URL(name, folder), transcript);
        else expect(transcript).to.equal(text);
      }));

    it(`${name} has the same exit codes with --json, and JSON of the right shape only`, () =>
      withTempFolder(async (cwd) => {
        const codes: number[] = [];
        await transcribe(text, cwd, async ({ argv, stdin }) => {
          const jsonArgv = argv.some((arg) => TEXT_ONLY.includes(arg)) ? argv : withJson(argv);
          const outcome = await runCli(jsonArgv, { cwd, stdin });
          if (jsonArgv !== argv) tally(jsonArgv, expectShapes(outcome, jsonArgv));
          codes.push(outcome.code);
          return outcome;
        });
        expect(codes).to.deep.equal(codesAsWritten);
      }));
  }

  for (const id of commandIds.filter((command) => !WITHOUT_JSON.includes(command))) {
    it(`${id} has a schema of its JSON, and results in a session that it was held against`, () => {
      expect(schemaOf(id)).to.be.a('function');
      expect(resultCounts.get(id)).to.be.above(0);
    });
  }

  it('hold JSON against schemas that refuse what a command must not print', () => {
    for (const [command, json] of [
      ['put', '{"position":-1}'],
      ['put', '{"position":9007199254740993}'],
      ['put', '{"position":1,"more":2}'],
      ['get', '{"table":1,"createdAt":1,"deletedAt":null,"value":""}'],
      ['scan', '{"table":1,"key":"","keyHex":"","createdAt":1,"deletedAt":null}'],
      ['error', '{"error":{"code":"oops","message":"m","exitCode":1}}'],
    ] as const) {
      expect(schemaOf(command)?.(JSON.parse(json)), `${command} ${json}`).to.equal(false);
    }
  });
});

/** Puts `--json` after the command, unless it is there. */
function withJson(argv: readonly string[]): readonly string[] {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const [command = '', ...rest] = argv;
  return flags.includes('--json') ? argv : [command, '--json', ...rest];
}
