/** Findings: what is wrong with a store, as values, counted and kept up to a limit. */
import type { Fact } from '../errors.js';
import type { KeySpan } from '../tree/key-spans.js';
import { FINDING_KINDS, type FindingCode, type Level, SEVERITIES, type Severity } from './finding-kinds.js';

/** Where something was found, as far as it is known there. */
export interface Location {
  /** 0 for the superblock and the length of the file. */
  readonly page: number;
  /** Pages from the root of the table to this one; empty when it was not found by way of a tree. */
  readonly path?: readonly number[];
  readonly table?: bigint;
  readonly keys?: KeySpan;
  /** Whether the page has older versions of the keys only: what they are now is elsewhere. */
  readonly isHistory?: true;
}

/** What was found there. */
export interface FindingFacts {
  /** One sentence. */
  readonly message: string;
  /** Byte offset within the page. */
  readonly offset?: number;
  readonly expected?: Fact;
  readonly found?: Fact;
}

/** One thing that is wrong with a store. */
export interface Finding extends Location, FindingFacts {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly level: Level;
  readonly path: readonly number[];
}

/** Counts all findings and keeps a limited number of them, the worst rather than the first. */
export class FindingLog {
  readonly #counts = new Map<FindingCode, number>();
  readonly #kept: Readonly<Record<Severity, Finding[]>> = { corrupt: [], torn: [], leak: [], odd: [] };

  constructor(
    /** How many findings are kept at most. */
    readonly limit: number,
    /** Told of each finding, kept or not. */
    private readonly onFinding?: (code: FindingCode, location: Location) => void,
  ) {}

  /** @param facts their sentence about a page does without its number */
  add(code: FindingCode, location: Location, facts: FindingFacts): void {
    this.count(code, 1);
    this.onFinding?.(code, location);
    const { severity, level } = FINDING_KINDS[code];
    const kept = this.#kept[severity];
    if (kept.length >= this.limit) return;
    const message = location.page === 0 ? facts.message : `page ${location.page}: ${facts.message}`;
    kept.push({ code, severity, level, path: [], ...location, ...facts, message });
  }

  /** Counts findings that are not to be kept. */
  count(code: FindingCode, findings: number): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + findings);
  }

  /** Whether nothing was found. */
  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** How many findings there are of each code, kept or not. */
  codes(): Partial<Record<FindingCode, number>> {
    return Object.fromEntries(this.#counts);
  }

  severities(): Record<Severity, number> {
    const severities = { corrupt: 0, torn: 0, leak: 0, odd: 0 };
    for (const [code, count] of this.#counts) severities[FINDING_KINDS[code].severity] += count;
    return severities;
  }

  /** The worst ones that were kept, the worst first, each severity in the order of pages. */
  findings(): Finding[] {
    return SEVERITIES.flatMap((severity) => this.#kept[severity].toSorted((a, b) => a.page - b.page)).slice(
      0,
      this.limit,
    );
  }
}
