/** Some pages of a store byte by byte. Bytes of keys and values are left out unless they were asked for. */
import {
  type Finding,
  inspectPage,
  type PageCensus,
  type PageInspection,
  PAGE_KINDS,
  type Part,
  type Region,
  regionsOf,
} from '../../engine/index.js';
import { describeField, markText, paintOf, valueText } from '../dump/values.js';
import type { JsonValue } from '../text/json.js';

const PAGES_MAX = 24;
const HEADER_SIZE = 32;
const CHECKSUM_OFFSET = 4092;
/** Parts in which there may be anything: what was deleted, too. */
const RESIDUE: readonly string[] = ['free', 'stale', 'rest', 'unused', 'padding', 'unread', 'value'];

/** The superblock, a page of each kind, the roots, and the pages in which something was found. */
export function pagesToInspect(census: PageCensus, findings: readonly Finding[]): number[] {
  const firsts = PAGE_KINDS.map((kind) => findKind(census, kind));
  const roots = census.records.slice(0, 4).flatMap(({ root }) => (root === null ? [] : [Number(root)]));
  const pages = [
    0,
    ...(census.kind(1) === 'superblock' ? [1] : []),
    ...findings.map(({ page }) => page),
    ...roots,
    ...firsts,
  ];
  const there = pages.filter((page) => page >= 0 && page < census.pages);
  return [...new Set(there)].slice(0, PAGES_MAX).sort((a, b) => a - b);
}

function findKind(census: PageCensus, kind: (typeof PAGE_KINDS)[number]): number {
  return census.kinds.indexOf(PAGE_KINDS.indexOf(kind));
}

export function inspectedJson(store: string, census: PageCensus, page: number, showData: boolean): JsonValue {
  const inspection = inspectPage(store, BigInt(page));
  const { parts, problems } = inspection;
  const regions = regionsOf(parts, problems);
  const shown = new ShownBytes(inspection, showData);
  const json = regions.map((region) => shown.region(region));
  return {
    page,
    title: `page ${page}, ${census.kind(page)}`,
    problems: problems.map(({ code, offset, message }) =>
      showData ? `${code}: ${message}` : `${code} at byte ${offset}`,
    ),
    regions: json,
    bytes: shown.bytes.toString('base64'),
  };
}

/** Which bytes are shown, and what is said of them. */
class ShownBytes {
  readonly bytes: Buffer;

  constructor(
    private readonly inspection: PageInspection,
    private readonly showData: boolean,
  ) {
    this.bytes = Buffer.from(inspection.bytes);
  }

  region(region: Region): JsonValue {
    const { offset, size, path, problem, field } = region;
    const isHidden = !this.showData && this.#mayBeData(region);
    if (isHidden) this.bytes.fill(0, offset, offset + size);
    const places = path.filter(({ index }) => index !== undefined).map(({ kind, index }) => `${kind} ${index}`);
    const mark =
      problem === undefined ? {} : { problem: this.showData ? markText(problem, field) : `<-- ${problem.code}` };
    return {
      offset,
      size,
      label: [...places, describeField(region, this.inspection)].join(', '),
      value: isHidden ? '' : valueText(region),
      part: path[0] === undefined ? 'frame' : paintOf(path[0]),
      isHidden,
      ...mark,
    };
  }

  /** Whether there may be a byte of a key or a value in it: in a damaged page that is any but those of its header. */
  #mayBeData({ field, path, offset }: Region): boolean {
    const { kind, problems } = this.inspection;
    if (problems.length === 0 && (kind === 'superblock' || path[0]?.kind === 'header')) return path.some(isResidue);
    if (field.type === 'text' || path.some(isResidue)) return true;
    if (problems.length === 0) return false;
    return offset >= HEADER_SIZE && offset < CHECKSUM_OFFSET;
  }
}

function isResidue({ kind, fields }: Part): boolean {
  return RESIDUE.includes(kind) && fields.some(({ field }) => field.name === 'bytes');
}
