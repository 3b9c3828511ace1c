/**
 * The shapes of JSON that the commands give: `schemas/COMMAND.json` is one line of a command's standard output,
 * `schemas/error.json` and `schemas/note.json` a line of standard error. A new command needs only its file there.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import type { Outcome } from './cli.js';

const folder = new URL('../schemas/', import.meta.url);

const ajv = new Ajv2020({ strict: true, allowUnionTypes: false, strictRequired: false });
for (const file of readdirSync(folder)) {
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as object);
}

/** Which commands, and `error`, have a schema. */
export function schemaOf(name: string): ValidateFunction | undefined {
  return ajv.getSchema(name);
}

/** Expects a line to be JSON of the shape of that name. Returns what it says. */
export function expectShape(name: string, line: string, where: string): unknown {
  const validate = schemaOf(name);
  if (validate === undefined) throw new Error(`no schema for ${name}: describe its JSON in schemas/${name}.json`);
  const value: unknown = JSON.parse(line);
  expect(validate(value), `${where}: ${ajv.errorsText(validate.errors)}: ${line}`).to.equal(true);
  return value;
}

const NOTE = '{"note":';
const SUMMARY = '{"summary":';

/**
 * Expects all that a command run with `--json` printed to have the shapes of that command. Returns the number of
 * results.
 */
export function expectShapes({ code, stdout, stderr }: Outcome, argv: readonly string[]): number {
  const where = argv.join(' ');
  const results = linesOf(stdout);
  for (const line of results) expectShape(line.startsWith(SUMMARY) ? 'summary' : (argv[0] ?? ''), line, where);
  const told = linesOf(stderr);
  const notes = told.filter((line) => line.startsWith(NOTE));
  for (const line of notes) expectShape('note', line, where);
  const errors = told
    .filter((line) => !notes.includes(line))
    .map((line) => expectShape('error', line, where) as { error: { exitCode: number } });
  const exitCodes = errors.map(({ error }) => error.exitCode);
  expect(exitCodes, where).to.deep.equal(code === 0 ? [] : [code]);
  return results.length;
}

function linesOf(text: string): string[] {
  expect(text === '' || text.endsWith('\n')).to.equal(true);
  return text.split('\n').slice(0, -1);
}
