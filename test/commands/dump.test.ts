/** The dump commands on sound, damaged and foreign files: everything is shown, nothing is changed, nothing crashes. */
import { expect } from 'chai';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileInspection } from '../../src/engine/index.js';
import { ownStores } from '../fixtures/stores.js';
import { healthyStore, ownDamages } from '../support/damage.js';
import { PAGE_BYTES, pageOf } from '../support/format1-decode.js';
import { FAULTS_2, plantFault } from '../support/format2-damage.js';
import { SOUND_STORES_2 } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { crateBrokenStores, damagedBase, damagedStores, goldenStores } from '../support/golden.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { crashedStore, JOURNAL_PATH } from '../support/crashed-store.js';
import { runCli, type Outcome } from './support/cli.js';
import { expectShape, expectShapes } from './support/schemas.js';
import { withTempFolder } from './support/temp-folder.js';

// Imported when needed, like the commands: see support/cli.ts.
const load = async () => ({
  ...(await import('../../src/engine/index.js')),
  ...(await import('../../src/cli/dump/dump-view.js')),
  ...(await import('../../src/cli/dump/json.js')),
  ...(await import('../../src/cli/text/json.js')),
  ...(await import('../../src/cli/output/paint.js')),
});
type Dumping = Awaited<ReturnType<typeof load>>;

const base = damagedBase();
const ofFormat2 = SOUND_STORES_2.map(({ name, spec }) => ({ name: `format 2: ${name}`, bytes: writeFormat2(spec) }));
const sound = [...ownStores(), ...goldenStores(), ...(base === undefined ? [] : [base]), ...ofFormat2];
/** Less than the beginning of a superblock has nothing to show. */
const brokenOfFormat2 = FAULTS_2.filter((_, index) => index % 8 === 0).map((fault) => ({
  name: `format 2: ${fault.name}`,
  bytes: plantFault(fault),
}));
const broken = [...ownDamages(), ...damagedStores(), ...crateBrokenStores(), ...brokenOfFormat2].filter(
  ({ bytes }) => bytes.length > 8,
);
const PAGES_OF_A_STORE = 24;

/** Inspections of the pages that a file has bytes of; of a large one, of some from its whole length and the last. */
function* inspectAll({ inspectPage }: Dumping, bytes: Buffer): Generator<FileInspection> {
  const files = memoryWith(bytes);
  const pages = Math.ceil(bytes.length / PAGE_BYTES);
  const step = Math.ceil(pages / PAGES_OF_A_STORE);
  for (let page = 0; page < pages; page += step) yield inspectPage(STORE_PATH, BigInt(page), { files });
  yield inspectPage(STORE_PATH, BigInt(pages - 1), { files });
}

/** All three forms of a page are well formed, and the annotated bytes are the bytes. */
function expectForms(dumping: Dumping, inspection: FileInspection): void {
  const { dumpLines, inspectionJson, plainPaint, toJson } = dumping;
  const where = `page ${inspection.page}`;
  const lines = (hex: boolean): string[] => [...dumpLines(inspection, 'store.kmb', { hex, paint: plainPaint })];
  const byteLines = lines(true);
  expect([...lines(false), ...byteLines].filter((line) => /^$|\p{Cc}/u.test(line))).to.deep.equal([]);
  expectAnnotatedBytes(byteLines, inspection);
  const schema = inspection.kind === 'superblock' ? 'dump-superblock' : 'dump-page';
  const json = expectShape(schema, toJson(inspectionJson(inspection, true)), where) as { regions: { hex: string }[] };
  expect(json.regions.every(({ hex }) => /^([0-9a-f]{2})+$/.test(hex))).to.equal(true);
}

/** Puts the rows of `--hex` together again; `*` stands for rows like the one before. */
function expectAnnotatedBytes(lines: readonly string[], { bytes, page }: FileInspection): void {
  const rebuilt = Buffer.alloc(bytes.length, 0xee);
  let previous: { offset: number; row: Buffer } | undefined;
  let repeats = false;
  for (const line of lines) {
    const [, offset, hex] = /^ *(\d+): ((?:[0-9a-f]{2} )*[0-9a-f]{2}) /.exec(line) ?? [];
    if (line === '   *') repeats = true;
    if (offset === undefined || hex === undefined) continue;
    const row = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    if (repeats && previous !== undefined) {
      for (let at = previous.offset; at < Number(offset); at += previous.row.length) previous.row.copy(rebuilt, at);
    }
    repeats = false;
    row.copy(rebuilt, Number(offset));
    previous = { offset: Number(offset), row };
  }
  expect(rebuilt.equals(bytes), `the bytes of page ${page}`).to.equal(true);
}

describe('every page dumps as text, as annotated bytes and as JSON', () => {
  let dumping: Dumping;
  before(async () => {
    dumping = await load();
  });

  for (const { name, bytes } of [...sound, ...broken]) {
    it(`of ${name}`, () => {
      for (const inspection of inspectAll(dumping, bytes)) expectForms(dumping, inspection);
    });
  }

  for (const seed of [31, 32]) {
    it(`of files of random bytes (seed ${seed})`, () => {
      const random = new Random(seed);
      for (let round = 0; round < 12; round += 1) {
        const bytes = random.bytes(random.between(PAGE_BYTES, 3 * PAGE_BYTES));
        if (random.chance(0.5)) bytes.write('VDBSTORE');
        if (random.chance(0.5))
          bytes.write(`VDPG${random.pick(['\u0001', '\u0002'])}\u0000\u0005\u0000`, PAGE_BYTES - 8);
        for (const inspection of inspectAll(dumping, bytes)) expectForms(dumping, inspection);
      }
    });
  }
});

const FORMS = [[], ['--hex'], ['--json'], ['--hex', '--json'], ['--raw']];

/** One page in every form: one exit code, and raw the bytes themselves. */
async function expectDumps(cwd: string, page: number, bytes: Buffer): Promise<number> {
  const codes = new Set<number>();
  for (const form of FORMS) {
    const argv = ['dump-page', 'store.kmb', page.toString(), ...form];
    const outcome = await runCli(argv, { cwd });
    codes.add(outcome.code);
    if (form.includes('--json')) expectShapes(outcome, argv);
    else expectText(outcome);
    if (form.includes('--raw')) {
      expect(outcome.stdoutBytes.equals(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES))).to.equal(true);
    }
  }
  expect(codes.size, [...codes].join()).to.equal(1);
  return [...codes][0] ?? -1;
}

/** The first pages that damage has touched. */
function changedPages(bytes: Buffer): number[] {
  const healthy = healthyStore();
  const pages = Array.from({ length: Math.ceil(bytes.length / PAGE_BYTES) }, (_, page) => page);
  return pages.filter((page) => !pageOf(bytes, page).equals(pageOf(healthy, page))).slice(0, 2);
}

function expectText({ code, stderr }: Outcome): void {
  expect(stderr).to.match(code === 0 ? /^(note: [^\n]+\n)?$/ : /^(note: [^\n]+\n)?kmb-store: [^\n]+\n$/);
}

describe('dump-page and dump-superblock', () => {
  it('exit 0 on every page of a sound store, and leave it alone', () =>
    withTempFolder(async (cwd) => {
      const bytes = healthyStore();
      writeFileSync(join(cwd, 'store.kmb'), bytes);
      for (let page = 0; page < bytes.length / PAGE_BYTES; page += 1)
        expect(await expectDumps(cwd, page, bytes), `page ${page}`).to.equal(0);
      expect((await runCli(['dump-superblock', 'store.kmb'], { cwd })).code).to.equal(0);
      expect(readFileSync(join(cwd, 'store.kmb')).equals(bytes)).to.equal(true);
    }));

  it('show what every kind of damage has touched with one exit code in all forms', function () {
    this.timeout(60_000);
    return withTempFolder(async (cwd) => {
      for (const { name, bytes } of ownDamages().filter((damage) => damage.bytes.length > 8)) {
        writeFileSync(join(cwd, 'store.kmb'), bytes);
        for (const page of changedPages(bytes)) expect([0, 1], name).to.include(await expectDumps(cwd, page, bytes));
        expect(readFileSync(join(cwd, 'store.kmb')).equals(bytes), name).to.equal(true);
      }
    });
  });

  it('show page 0 alike', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'store.kmb'), healthyStore());
      for (const form of [[], ['--json']]) {
        const page = await runCli(['dump-page', 'store.kmb', '0', ...form], { cwd });
        expect(page).to.deep.equal(await runCli(['dump-superblock', 'store.kmb', ...form], { cwd }));
      }
    }));

  it('say what is no store, and show its bytes', () =>
    withTempFolder(async (cwd) => {
      const picture = Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(20_000, 0x5a)]);
      writeFileSync(join(cwd, 'store.kmb'), picture);
      const superblock = await runCli(['dump-superblock', 'store.kmb'], { cwd });
      expect(superblock.code).to.equal(1);
      expect(superblock.stderr).to.match(
        /^kmb-store: store\.kmb is not a store: the file does not begin with VDBSTORE/,
      );
      expect(superblock.stdout).to.contain('ff d8 ff e0').and.contain('<-- expected "VDBSTORE"');
      const page = await runCli(['dump-page', 'store.kmb', '2'], { cwd });
      expect(page.code).to.equal(1);
      expect(page.stderr).to.match(/^note: store\.kmb does not begin as a store does/);
      const ragged = await runCli(['dump-page', 'store.kmb', '4', '--raw'], { cwd });
      expect(ragged.stdoutBytes.equals(picture.subarray(4 * PAGE_BYTES))).to.equal(true);
      expect((await runCli(['dump-page', 'store.kmb', '5'], { cwd })).code).to.equal(4);
    }));

  it('a sound page of a store with a broken superblock is sound, and a note says what is amiss', () =>
    withTempFolder(async (cwd) => {
      const bytes = healthyStore();
      bytes.write('XDBSTORE');
      writeFileSync(join(cwd, 'store.kmb'), bytes);
      const { code, stderr } = await runCli(['dump-page', 'store.kmb', '1'], { cwd });
      expect(code).to.equal(0);
      expect(stderr).to.match(/^note: [^\n]+\n$/);
      expect(JSON.parse((await runCli(['dump-page', 'store.kmb', '1', '--json'], { cwd })).stdout)).to.include({
        isStore: false,
      });
    }));

  it('say when a journal applies to the store, beside the file that a link leads to', () =>
    withTempFolder(async (cwd) => {
      mkdirSync(join(cwd, 'folder'));
      writeFileSync(join(cwd, 'folder', 'store.kmb'), healthyStore());
      symlinkSync(join('folder', 'store.kmb'), join(cwd, 'link.kmb'));
      const run = (...argv: string[]): Promise<Outcome> => runCli(argv, { cwd });
      expect((await run('dump-superblock', 'link.kmb')).stderr).to.equal('');
      expect((await run('dump-superblock', 'link.kmb', '--json')).stdout).to.not.contain('journal');
      const { inPlace } = crashedStore();
      writeFileSync(join(cwd, 'folder', 'store.kmb'), inPlace.get(STORE_PATH));
      writeFileSync(join(cwd, 'folder', 'store.kmb-journal'), inPlace.get(JOURNAL_PATH));
      for (const argv of [
        ['dump-superblock', 'link.kmb'],
        ['dump-page', 'link.kmb', '1', '--raw'],
      ])
        expect((await run(...argv)).stderr).to.match(/^note: a journal applies to link\.kmb: [^\n]+\n/);
      const { stdout, stderr } = await run('dump-page', 'link.kmb', '1', '--json');
      expect((JSON.parse(stderr) as { note: { code: string } }).note.code).to.equal('JOURNAL_OVER_STORE');
      expect(JSON.parse(stdout)).to.include({ journal: true });
    }));

  it('never round: ids and positions above 2^53 are strings', () =>
    withTempFolder(async (cwd) => {
      const { bytes } = ownStores().find(({ name }) => name === 'own-tables') ?? { bytes: Buffer.alloc(0) };
      writeFileSync(join(cwd, 'store.kmb'), bytes);
      const { stdout } = await runCli(['dump-superblock', 'store.kmb', '--json'], { cwd });
      const { tables } = JSON.parse(stdout) as { tables: { id: number | string }[] };
      expect(tables.map(({ id }) => id)).to.include.members(['18446744073709551615', '9007199254740993', 0]);
      expect((await runCli(['dump-superblock', 'store.kmb'], { cwd })).stdout).to.contain(' 9007199254740993 ');
    }));
});

describe('a dump on a terminal', () => {
  const ESCAPE = '\u001b[';

  it('is coloured by region, with the offending field in red, unless colours are not wanted', () =>
    withTempFolder(async (cwd) => {
      const bytes = healthyStore();
      bytes.writeUInt8(9, PAGE_BYTES + 8);
      writeFileSync(join(cwd, 'store.kmb'), bytes);
      const dump = async (...flags: string[]): Promise<string> =>
        (await runCli(['dump-page', 'store.kmb', '1', ...flags], { cwd, terminalColumns: 100 })).stdout;
      for (const form of [[], ['--hex']]) {
        const text = await dump(...form);
        for (const colour of ['36', '33', '32', '94', '31'])
          expect(text, `${form.join()} ${colour}`).to.contain(`${ESCAPE}${colour}m`);
        expect(await dump(...form, '--no-color')).to.not.contain(ESCAPE);
        expect((await runCli(['dump-page', 'store.kmb', '1', ...form], { cwd })).stdout).to.not.contain(ESCAPE);
      }
    }));

  it('cuts long values there, and nowhere else', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 'store.kmb', 'key', 'v'.repeat(300), '--table', '1'], { cwd });
      const argv = ['dump-page', 'store.kmb', '2', '--no-color'];
      expect((await runCli(argv, { cwd })).stdout).to.contain(`"${'v'.repeat(300)}"`);
      const { stdout } = await runCli(argv, { cwd, terminalColumns: 100 });
      expect(stdout).to.contain('vvv…').and.not.contain('v'.repeat(100));
    }));
});
