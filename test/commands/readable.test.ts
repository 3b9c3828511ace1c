/** The commands that verify-pages says still read a damaged store: together they print every row that can be read. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { damagedByCode } from '../support/damaged-by-code.js';
import { newStore2, putInto, range } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { runCli } from './support/cli.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const PAGE = 4096;
const KEYS = Array.from({ length: 40 }, (_, index) => `${'k'.repeat(300)}${index + 100}`);

interface Report {
  readonly codes: Readonly<Record<string, number>>;
  readonly tablesMissing?: number;
  readonly keysRecorded?: number;
  readonly trees: { readonly keys: number } | null;
  readonly damagedTables?: readonly DamagedTable[];
}

interface DamagedTable {
  readonly table: number;
  readonly keysReached?: number;
  readonly keysRecorded?: number;
  readonly readable: readonly string[];
}

/** Two tables; of one key there are 40 versions. */
function makeStore(format: FormatNumber): Buffer {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  const batch = new WriteBatch(1n);
  for (const key of KEYS) batch.put(7n, key, 'v').put(8n, key, 'v');
  store.apply(batch);
  if (format === 2)
    for (let position = 2n; position < 42n; position += 1n)
      store.apply(new WriteBatch(position).put(7n, KEYS[20]!, Buffer.alloc(200, Number(position))));
  store.sync();
  store.close();
  return files.get(STORE_PATH);
}

const flipped = (sound: Buffer, page: number): Buffer => {
  const bytes = Buffer.from(sound);
  bytes[page * PAGE + 2100]! ^= 1;
  return bytes;
};

/** Keys whose values can be read. */
function readableKeys(bytes: Buffer, table: bigint, keys: readonly string[]): string[] {
  const store = openMemory(memoryWith(bytes), { readOnly: true });
  try {
    return keys.filter((key) => {
      try {
        return store.get(table, key) !== undefined;
      } catch (error) {
        if (error instanceof StoreError) return false;
        throw error;
      }
    });
  } finally {
    store.close();
  }
}

describe('what verify-pages says can be read', function () {
  this.timeout(60_000);
  let cwd: string;
  before(() => (cwd = makeTempFolder()));
  after(() => {
    removeFolder(cwd);
  });

  async function report(bytes: Buffer): Promise<Report> {
    writeFileSync(join(cwd, 's.kmb'), bytes);
    return JSON.parse((await runCli(['verify-pages', 's.kmb', '--json'], { cwd })).stdout) as Report;
  }

  /** The keys of the rows that commands print. */
  async function keysOf(commands: readonly string[]): Promise<string[]> {
    const keys: string[] = [];
    for (const command of commands) {
      const outcome = await runCli([...command.split(' ').slice(1), '--keys-only'], { cwd });
      expect(outcome.code, `${command}: ${outcome.stderr}`).to.be.oneOf(
        command.includes('--skip-damaged') ? [0, 3] : [0],
      );
      keys.push(...outcome.stdout.split('\n').slice(0, -1));
    }
    return keys;
  }

  for (const format of FORMATS) {
    it(`is every row that is not on the page that is damaged, in format ${format}`, async () => {
      const sound = makeStore(format);
      let withRange = 0;
      for (let page = 2; page < sound.length / PAGE; page += 1) {
        const bytes = flipped(sound, page);
        const { damagedTables = [], keysRecorded } = await report(bytes);
        expect(damagedTables, `page ${page}`).to.have.lengthOf(1);
        const [{ table, readable, ...counts }] = damagedTables as [DamagedTable];
        const due = readableKeys(bytes, BigInt(table), KEYS);
        expect(await keysOf(readable), `page ${page}`).to.deep.equal(due);
        if (readable.some((command) => /--(from|to) /.test(command))) withRange += 1;
        if (format === 1 || due.length === KEYS.length) continue;
        expect(counts).to.deep.equal({ keysReached: due.length, keysRecorded: KEYS.length });
        expect(keysRecorded).to.equal(2 * KEYS.length);
      }
      expect(withRange).to.be.greaterThan(4);
    });
  }

  it('are the rows as they are now, where only older versions are damaged', async () => {
    const sound = makeStore(2);
    let found = 0;
    for (let page = 2; page < sound.length / PAGE; page += 1) {
      await report(flipped(sound, page));
      const { stdout } = await runCli(['verify-pages', 's.kmb'], { cwd });
      if (!stdout.includes('older versions')) continue;
      found += 1;
      expect(stdout).to.match(/^table 7: can be read: kmb-store scan s\.kmb --table 7; not older versions of /m);
      expect(stdout).to.contain('the other table can be read');
    }
    expect(found).to.be.greaterThan(0);
  });

  it('counts keys and tables of a catalogue tree, and says how many tables cannot be found', async () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(1, 121));
    store.sync();
    store.close();
    const sound = files.get(STORE_PATH);
    let tables = 0;
    let leaves = 0;
    for (let page = 2; page < sound.length / PAGE; page += 8) {
      const { tablesMissing = 0, keysRecorded, trees } = await report(flipped(sound, page));
      if (tablesMissing > 0) {
        tables += 1;
        expect(keysRecorded).to.equal(undefined);
        expect(trees?.keys).to.equal(120 - tablesMissing);
        continue;
      }
      leaves += 1;
      expect([keysRecorded, trees?.keys]).to.deep.equal([120, 119]);
      const { stdout } = await runCli(['verify-pages', 's.kmb'], { cwd });
      expect(stdout).to.contain('1 of 120 keys could not be reached').and.contain('the other 119 tables can be read');
    }
    expect([tables > 0, leaves > 0]).to.deep.equal([true, true]);
  });

  it('can be run on a store with any finding', async () => {
    for (const { bytes, journal } of damagedByCode().values()) {
      if (journal !== undefined) continue;
      const { damagedTables = [] } = await report(bytes);
      for (const { readable } of damagedTables) await keysOf(readable);
    }
  });
});
