/** The findings in a result of `verify-pages`. */
import type { Severity } from '../../../engine/index.js';
import type { Result } from '../outcome.js';

export interface TellingFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly page: number;
  readonly message: string;
  /** Where in the page, in bytes. */
  readonly offset?: number;
}

export function findingsOf(result: Result | undefined): readonly TellingFinding[] {
  return (result?.['findings'] as readonly TellingFinding[] | undefined) ?? [];
}

/** What a finding says, with its page. */
export function placed({ page, message }: TellingFinding): string {
  return message.includes(`page ${page}`) ? message : `page ${page}: ${message}`;
}
