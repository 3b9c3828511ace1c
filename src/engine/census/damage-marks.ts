/** Which pages something is wrong with: the worst of it in a byte a page, the rest for as many as memory allows. */
import { FINDING_KINDS, type FindingCode, SEVERITIES, type Severity } from '../verify/finding-kinds.js';
import type { Location } from '../verify/findings.js';

/** All codes; a page has the index of its worst one plus 1, and 0 without any. */
export const FINDING_CODES = Object.keys(FINDING_KINDS) as readonly FindingCode[];
const NUMBERS: ReadonlyMap<FindingCode, number> = new Map(FINDING_CODES.map((code, index) => [code, index + 1]));

/** Of so many pages with more than one finding all are known. */
const PAGES_WITH_ALL = 65_536;

export class DamageMarks {
  readonly worst: Uint8Array;
  readonly #all = new Map<number, Set<FindingCode>>();

  constructor(private readonly pages: number) {
    this.worst = new Uint8Array(Math.max(1, pages));
  }

  add(code: FindingCode, location: Location): void {
    const page = this.#pageOf(location);
    const before = codeOf(this.worst[page] as number);
    if (before === code) return;
    if (before === undefined || rank(code) < rank(before)) this.worst[page] = NUMBERS.get(code) as number;
    if (before === undefined) return;
    const all = this.#all.get(page);
    if (all !== undefined) all.add(code);
    else if (this.#all.size < PAGES_WITH_ALL) this.#all.set(page, new Set([before, code]));
  }

  /** What was found in a page, the worst first. */
  codes(page: number): FindingCode[] {
    const worst = codeOf(this.worst[page] ?? 0);
    if (worst === undefined) return [];
    const others = [...(this.#all.get(page) ?? [])].filter((code) => code !== worst);
    return [worst, ...others.sort((a, b) => rank(a) - rank(b))];
  }

  /** How bad the worst is that was found in a page. */
  severity(page: number): Severity | undefined {
    const code = codeOf(this.worst[page] ?? 0);
    return code === undefined ? undefined : FINDING_KINDS[code].severity;
  }

  /** A page that is not there is missed where something points to it. */
  #pageOf({ page, path = [] }: Location): number {
    if (page < this.pages) return page;
    return path.findLast((above) => above < this.pages) ?? 0;
  }
}

/** The code that a number stands for; undefined of 0. */
export function codeOf(number: number): FindingCode | undefined {
  return FINDING_CODES[number - 1];
}

function rank(code: FindingCode): number {
  return SEVERITIES.indexOf(FINDING_KINDS[code].severity);
}
