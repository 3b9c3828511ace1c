/** Stores and files that the tests of the commands begin with, made by the commands themselves. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './cli.js';

/** Four users, one of them changed, one deleted. */
export const USERS_LOG = [
  '{"position":1,"ops":[{"op":"put","table":1,"key":"user:1","value":"Ada"},{"op":"put","table":1,"key":"user:2","value":"Bob"}]}',
  '{"position":2,"ops":[{"op":"put","table":1,"key":"user:3","value":"Cleo"},{"op":"delete","table":1,"key":"user:2"}]}',
  '{"position":3,"ops":[{"op":"put","table":1,"key":"user:1","value":"Ada Lovelace"},{"op":"put","table":1,"key":"user:4","value":"Dan"}]}',
];

export const OPERATIONS = [
  '{"op":"put","table":1,"key":"user:5","value":"Eve"}',
  '{"op":"delete","table":1,"key":"user:3"}',
];

const USERS_CSV = ['id,name,age', '1,Ada,36', '2,"Bob, the builder",', '3,,7'];

/** Makes the files that the examples of the help texts name. */
export async function makeExampleFiles(folder: string): Promise<void> {
  writeFileSync(join(folder, 'log.ndjson'), lines(USERS_LOG));
  writeFileSync(join(folder, 'ops.ndjson'), lines(OPERATIONS));
  writeFileSync(join(folder, 'users.csv'), lines(USERS_CSV));
  await mustRun(['replay', 'store.kmb', 'log.ndjson'], folder);
}

/** Makes a store of `rowCount` rows in table 1 by replaying a log. */
export async function makeLargeStore(folder: string, name: string, rowCount: number): Promise<void> {
  const rowsABatch = 1000;
  const batches: string[] = [];
  for (let first = 0; first < rowCount; first += rowsABatch) {
    const ops = Array.from({ length: Math.min(rowsABatch, rowCount - first) }, (_, index) =>
      putOperation(first + index),
    );
    batches.push(`{"position":${batches.length + 1},"ops":[${ops.join(',')}]}`);
  }
  writeFileSync(join(folder, 'large.ndjson'), lines(batches));
  await mustRun(['replay', name, 'large.ndjson'], folder);
}

const putOperation = (index: number): string =>
  `{"op":"put","table":1,"key":"row:${index.toString().padStart(8, '0')}","value":"${'v'.repeat(60)}${index}"}`;

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

async function mustRun(argv: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await runCli(argv, { cwd });
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}
