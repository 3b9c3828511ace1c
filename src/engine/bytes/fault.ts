import type { Facts } from '../errors.js';

/** One thing that is wrong with a page: where in it, and what was expected there. */
export interface Fault<Code extends string = string> {
  readonly code: Code;
  readonly message: string;
  /** Byte offset within the page. */
  readonly offset: number;
  readonly expected: number | string;
  readonly found: number | bigint | string;
}

/** The fault as facts for an error. */
export function faultFacts(fault: Fault): Facts {
  const { code, offset, expected, found } = fault;
  return { fault: code, offset, expected, found };
}

/** A checksum as people write it. */
export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
