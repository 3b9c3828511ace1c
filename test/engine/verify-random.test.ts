/**
 * Whatever is done to a file, the check of it ends, throws nothing, and agrees with two others: with a checker of the
 * format that shares no code with the engine, and with the engine's own reads, which never end in damage where `verify`
 * found none.
 */
import { expect } from 'chai';
import { runSteps, verifySteps, type VerifyReport } from '../../src/engine/index.js';
import { ownStores } from '../fixtures/stores.js';
import { healthyStore } from '../support/damage.js';
import { seal } from '../support/format2/encode.js';
import { reseal } from '../support/format2/plant.js';
import { checkFormat2 } from '../support/format2-check.js';
import { SOUND_STORES_2 } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { PAGE_BYTES, pageOf } from '../support/format1-decode.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { readEverything } from '../support/read-everything.js';
import { checkStructure, CRATE_FILES } from '../support/structure-check.js';

const MILLISECONDS_PER_SEED = 600;
const FINDINGS_MAX = 20;

type Damage = (random: Random, bytes: Buffer, others: readonly Buffer[]) => Buffer;

const pageCount = (bytes: Buffer): number => Math.floor(bytes.length / PAGE_BYTES);

const damages: readonly Damage[] = [
  function changeBytes(random, bytes) {
    const page = random.below(pageCount(bytes));
    for (let count = random.between(1, 6); count > 0; count -= 1) {
      const at = random.chance(0.6) ? random.below(120) : random.below(PAGE_BYTES);
      bytes[page * PAGE_BYTES + at] = random.chance(0.5) ? random.pick([0, 1, 0x7f, 0xff]) : random.below(256);
    }
    if (random.chance(0.8)) seal(pageOf(bytes, page));
    return bytes;
  },
  function changeManyBytes(random, bytes) {
    const from = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), random.bytes(random.below(9000)), bytes.subarray(from)]).subarray(
      0,
      bytes.length,
    );
  },
  function splicePageOfAnotherStore(random, bytes, others) {
    const other = random.pick(others);
    const source = random.below(pageCount(other)) * PAGE_BYTES;
    other.copy(bytes, random.below(pageCount(bytes)) * PAGE_BYTES, source, source + PAGE_BYTES);
    return bytes;
  },
  function swapPages(random, bytes) {
    const [one, two] = [random.below(pageCount(bytes)) * PAGE_BYTES, random.below(pageCount(bytes)) * PAGE_BYTES];
    const page = Buffer.from(bytes.subarray(one, one + PAGE_BYTES));
    bytes.copyWithin(one, two, two + PAGE_BYTES);
    page.copy(bytes, two);
    return bytes;
  },
  function zeroPages(random, bytes) {
    const from = random.below(pageCount(bytes)) * PAGE_BYTES;
    return bytes.fill(0, from, Math.min(bytes.length, from + random.between(1, 3) * PAGE_BYTES));
  },
  (random, bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
  (random, bytes) => Buffer.concat([bytes, random.bytes(random.below(3 * PAGE_BYTES))]),
];

interface Subject {
  readonly name: string;
  readonly stores: readonly Buffer[];
  /** Pages that hold the superblock. */
  readonly superblocks: number;
  /** What the other checker finds. */
  readonly check: (bytes: Buffer) => readonly unknown[];
  /** What is done to a damaged store now and then, so that less of it contradicts itself. */
  readonly settle?: (bytes: Buffer) => void;
}

const ROUGH_STORES_2 = [
  'something of everything',
  'something of everything, with a catalogue',
  'empty leaves',
  'a hot key',
];

const subjects: readonly Subject[] = [
  {
    name: 'format 1',
    stores: [healthyStore(), ...ownStores().map(({ bytes }) => bytes)],
    superblocks: 1,
    check: (bytes) => checkStructure(bytes, CRATE_FILES),
  },
  {
    name: 'format 2',
    stores: SOUND_STORES_2.filter(({ name }) => ROUGH_STORES_2.includes(name)).map(({ spec }) => writeFormat2(spec)),
    superblocks: 2,
    check: checkFormat2,
    settle: reseal,
  },
];

describe('verify on random damage', () => {
  for (const subject of subjects)
    for (const seed of [21, 22, 23]) {
      it(`ends, and finds what others find (${subject.name}, seed ${seed})`, () => {
        const { stores, settle } = subject;
        const random = new Random(seed);
        const end = performance.now() + MILLISECONDS_PER_SEED;
        for (let round = 0; round < 2000 && performance.now() < end; round += 1) {
          let bytes: Buffer = Buffer.from(random.pick(stores));
          for (let count = random.between(1, 3); count > 0 && pageCount(bytes) > 0; count -= 1) {
            bytes = random.pick(damages)(random, bytes, stores);
          }
          if (settle !== undefined && pageCount(bytes) > 3 && random.chance(0.3)) settle(bytes);
          expectAgreement(bytes, `round ${round}`, subject);
        }
      });
    }
});

function expectAgreement(bytes: Buffer, round: string, { check, superblocks }: Subject): void {
  const files = memoryWith(bytes);
  const report = runSteps(verifySteps(STORE_PATH, { files, findingsMax: FINDINGS_MAX }));
  expectCoverage(report, bytes, superblocks);
  const others = check(bytes);
  // The other checker lets pass what is after the tables.
  const codes = Object.keys(report.codes).filter((code) => code !== 'superblock-padding');
  const disagreement = `${round}: ${JSON.stringify(others.slice(0, 3))} and ${codes.join()}`;
  expect(codes.length > 0, disagreement).to.equal(others.length > 0);
  if (!report.ok) return;
  const { opened, scans } = readEverything(files, []);
  expect(opened, round).to.equal(true);
  expect(
    scans.filter(({ damaged }) => damaged),
    round,
  ).to.deep.equal([]);
}

function expectCoverage(
  { findings, severities, codes, ...report }: VerifyReport,
  bytes: Buffer,
  superblocks: number,
): void {
  expect(report).to.include({ bytes: bytes.length, pages: pageCount(bytes), pagesChecked: pageCount(bytes) });
  const { pagesReached, pagesFree, pagesLeaked, pagesNotJudged } = report;
  // Where nothing of a store is left, or another format is said, page 1 is a page like others.
  const others = pageCount(bytes) - (pagesReached + (pagesFree ?? 0) + pagesLeaked + pagesNotJudged);
  expect(others).to.be.within(Math.min(1, pageCount(bytes)), Math.min(superblocks, pageCount(bytes)));
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  expect(sum(severities)).to.equal(sum(codes));
  expect(findings).to.have.length(Math.min(FINDINGS_MAX, sum(codes)));
}
