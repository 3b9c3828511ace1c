/**
 * The stores that the Rust crate wrote, where they are there: `../shared` beside the repository. Everywhere else these
 * lists are empty, and the project's own stores (test/fixtures) carry the same tests.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseExact, parseLog } from './log-lines.js';
import type { Batch } from './model.js';
import type { StoredRow } from './read-rows.js';

const sharedFolder = fileURLToPath(new URL('../../../shared/', import.meta.url));

export interface StoreCase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Lines of the log that made it. */
  readonly log: readonly string[];
  readonly batches: readonly Batch[];
  readonly appliedPosition: bigint;
  /** Rows by table and key; the applied position is among the positions. */
  readonly rowsAt: ReadonlyMap<bigint, readonly StoredRow[]>;
}

export interface DamagedStore {
  readonly name: string;
  readonly bytes: Buffer;
  readonly severity: 'error' | 'warning' | 'ok';
  /** The page that was changed. */
  readonly page: number;
}

export const goldenStores = (): StoreCase[] => storesIn('golden', 'expect');

/** Their rows are those that the log demands, which the crate did not always keep. */
export const crateBrokenStores = (): StoreCase[] => storesIn('crate-broken', 'model');

/** The healthy store that the damaged ones were made from. */
export const damagedBase = (): StoreCase | undefined =>
  storesIn('damaged', 'expect').find(({ name }) => name === 'BASE');

export function damagedStores(): DamagedStore[] {
  const folder = join(sharedFolder, 'damaged');
  return namesIn(folder)
    .filter((name) => name !== 'BASE')
    .map((name) => ({
      bytes: readFileSync(join(folder, `${name}.kmb`)),
      ...readJson<Pick<DamagedStore, 'severity' | 'page'>>(join(folder, `${name}.json`)),
      name,
    }));
}

function storesIn(folderName: string, suffix: 'expect' | 'model'): StoreCase[] {
  const folder = join(sharedFolder, folderName);
  return namesIn(folder)
    .filter((name) => existsSync(join(folder, `${name}.log.ndjson`)))
    .map((name) => readCase(folder, name, suffix));
}

const namesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.kmb'))
        .map((file) => file.slice(0, -'.kmb'.length))
        .sort()
    : [];

function readCase(folder: string, name: string, suffix: string): StoreCase {
  const log = readFileSync(join(folder, `${name}.log.ndjson`), 'utf8');
  const facts = readJson<{ appliedPosition: number | string }>(join(folder, `${name}.json`));
  const appliedPosition = BigInt(facts.appliedPosition);
  const rowsAt = new Map([[appliedPosition, readRows(join(folder, `${name}.${suffix}.ndjson`))]]);
  for (const file of readdirSync(folder)) {
    const position = new RegExp(`^${name}\\.at-(\\d+)\\.${suffix}\\.ndjson$`).exec(file)?.[1];
    if (position !== undefined) rowsAt.set(BigInt(position), readRows(join(folder, file)));
  }
  return {
    name,
    bytes: readFileSync(join(folder, `${name}.kmb`)),
    log: log.split('\n').filter((line) => line !== ''),
    batches: parseLog(log),
    appliedPosition,
    rowsAt,
  };
}

function readRows(path: string): StoredRow[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const row = parseExact<{ table: number | string; keyHex: string; valueHex: string }>(line);
      return { ...row, table: BigInt(row.table) };
    });
}

const readJson = <T>(path: string): T => parseExact<T>(readFileSync(path, 'utf8'));

/** Logs of real data, one JSON line a batch. */
export interface RealLog {
  readonly name: string;
  readonly log: readonly string[];
}

export function realLogs(): RealLog[] {
  const folder = join(sharedFolder, 'real');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .map((file) => ({
      name: file.slice(0, -'.ndjson'.length),
      log: readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    }));
}
