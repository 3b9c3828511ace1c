/**
 * What verify-pages advises helps: of every remedy the commands are run as they are printed, on a store that has what
 * the remedy is for, and then it is not found any more. A remedy, or a code, that is new and has no store here fails.
 */
import { expect } from 'chai';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDING_KINDS, type FindingCode, salvage, StoreError, verify } from '../../src/engine/index.js';
import { codesIn, damagedByCode, type DamagedStore } from '../support/damaged-by-code.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { runCli } from './support/cli.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const STORES = damagedByCode();
const CODES = Object.keys(FINDING_KINDS) as FindingCode[];

/** What this release cannot be asked to show. */
const NOT_HERE: Readonly<Partial<Record<FindingCode, string>>> = {
  'journal-version': 'its release is a later one',
};
/** Codes whose remedy is shown with other codes: there is no store with them here. */
const SHOWN_WITH_OTHERS: readonly FindingCode[] = ['tree-too-deep', 'leaf-depth'];

const remedyOf = (code: FindingCode): string => FINDING_KINDS[code].remedy;
const isCommand = (code: FindingCode): boolean => /kmb-store|next command that writes/.test(remedyOf(code));

/** For each remedy that is a command, the codes that it is for. */
const REMEDIES = new Map<string, FindingCode[]>();
for (const code of CODES) {
  if (isCommand(code) && !(code in NOT_HERE))
    REMEDIES.set(remedyOf(code), [...(REMEDIES.get(remedyOf(code)) ?? []), code]);
}

/** Only all rows of a table that nothing leads to: a salvage says that there is nothing. */
function salvagedCodes(bytes: Buffer): string[] {
  const files = memoryWith(bytes);
  try {
    salvage(STORE_PATH, '/memory/new', { files });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'NOT_A_STORE') return [];
    throw error;
  }
  return Object.keys(verify('/memory/new', { files }).codes);
}

describe('the remedies of verify-pages', function () {
  this.timeout(20_000);
  let root: string;
  let cwd: string;
  let folders = 0;

  before(() => (root = makeTempFolder()));
  after(() => {
    removeFolder(root);
  });

  const run = (line: string) => runCli(line.split(' '), { cwd });

  async function place({ bytes, journal, log, sound }: DamagedStore): Promise<void> {
    cwd = join(root, `${folders++}`);
    mkdirSync(cwd);
    writeFileSync(join(cwd, 's.kmb'), bytes);
    if (journal !== undefined) writeFileSync(join(cwd, 's.kmb-journal'), journal);
    if (sound !== undefined) writeFileSync(join(cwd, 'sound.kmb'), sound);
    const text = log ?? (sound === undefined ? undefined : (await run('changes sound.kmb')).stdout);
    if (text !== undefined) writeFileSync(join(cwd, 'log.ndjson'), text);
  }

  const codesOf = async (store: string): Promise<string[]> => {
    const { stdout } = await run(`verify-pages ${store} --json`);
    return Object.keys((JSON.parse(stdout) as { codes: object }).codes);
  };

  /** The commands that a line of advice has, with the names that stand in for a file. */
  const commandsIn = (advice: string): string[] =>
    [...advice.matchAll(/kmb-store ([a-z-]+(?: (?:s\.kmb|NEW|LOG|--log))+)/g)].map(([, line = '']) =>
      line.replace('NEW', 'new.kmb').replace('LOG', 'log.ndjson'),
    );

  /** @returns whether it says what there is to say of the finding */
  const AFTER: Readonly<Record<string, (line: string, code: FindingCode) => Promise<void>>> = {
    salvage: async (line) => {
      const isWhole = line.includes('--log');
      const { code, stderr } = await run(line);
      expect(code, stderr).to.be.oneOf(isWhole ? [0] : [0, 1]);
      const found = await codesOf('new.kmb');
      expect(found).to.satisfy((codes: string[]) => codes.length === 0 || (!isWhole && codes.join() === 'salvaged'));
    },
    recover: async (line, code) => {
      expect((await run(line)).code).to.equal(0);
      expect(await codesOf('s.kmb')).to.not.include(code);
    },
    compact: async (line, code) => {
      expect((await run(line)).code).to.equal(0);
      expect(await codesOf('s.kmb')).to.not.include(code);
    },
    replay: async (line) => {
      const { code, stderr } = await run(line);
      expect(code, stderr).to.equal(0);
      expect((await codesOf('new.kmb')).filter((found) => found !== 'salvaged')).to.deep.equal([]);
    },
    'verify-log': async (line) => {
      expect((await run(line)).code).to.be.oneOf([0, 1]);
    },
  };

  it('has a store for each code whose remedy is a command', () => {
    const without = CODES.filter((code) => isCommand(code) && !(code in NOT_HERE) && !STORES.has(code));
    expect(without).to.have.members(SHOWN_WITH_OTHERS);
    for (const [code, { bytes, journal }] of STORES) if (journal === undefined) expect(codesIn(bytes)).to.include(code);
  });

  it('that are a salvage leave nothing but the mark, for every code', () => {
    for (const [code, { name, bytes, journal }] of STORES) {
      if (journal !== undefined || !remedyOf(code).includes('salvage STORE NEW')) continue;
      expect(salvagedCodes(bytes), `${code}: ${name}`).to.be.satisfy(
        (codes: string[]) => codes.length === 0 || codes.join() === 'salvaged',
      );
    }
  });

  for (const [remedy, codes] of REMEDIES) {
    const [code] = codes.filter((each) => STORES.has(each));
    it(`${code}: ${remedy}`, async () => {
      const store = STORES.get(code!)!;
      await place(store);
      const { stdout } = await run('verify-pages s.kmb');
      const advice = stdout.split('\n').filter((line) => line.startsWith('next: '));
      const own = remedy.replaceAll('STORE', 's.kmb');
      expect(advice.filter((line) => line.slice('next: '.length).startsWith(own))).to.have.lengthOf(1);
      if (own.includes('move the journal away together')) renameSync(join(cwd, 's.kmb-journal'), join(cwd, 'away'));
      if (own.includes('next command that writes')) {
        expect((await run('put s.kmb k v --table 1')).code).to.equal(0);
        expect(await codesOf('s.kmb')).to.not.include(code);
      }
      const commands = commandsIn(own);
      const hasLog = store.log !== undefined || store.sound !== undefined;
      if (own.includes('with --log LOG all of it') && hasLog) commands.push('salvage s.kmb new.kmb --log log.ndjson');
      expect(commands.length > 0 || own.includes('next command that writes')).to.equal(true);
      const original = readFileSync(join(cwd, 's.kmb'));
      for (const line of commands) {
        // What repairs in place is tried on the damaged store each time.
        writeFileSync(join(cwd, 's.kmb'), original);
        if (!own.includes('goes on from there') || line.startsWith('salvage'))
          rmSync(join(cwd, 'new.kmb'), { force: true });
        const after = AFTER[line.split(' ')[0]!];
        if (after === undefined) throw new Error(`nothing is known of ${line}`);
        await after(line, code!);
      }
    });
  }
});
