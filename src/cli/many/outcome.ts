/** How a command came out for one of several stores. */
import type { ExitCode } from '../exit-codes.js';
import { type JsonValue, toJson } from '../text/json.js';

/** Why there is no good answer for a store. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** What a command prints as JSON for one store, read again. */
export type Result = Readonly<Record<string, unknown>>;

export interface StoreOutcome {
  readonly store: string;
  /** The line of JSON that the command printed, and what it says; undefined when there was none. */
  readonly line: string | undefined;
  readonly result: Result | undefined;
  readonly failure: Failure | undefined;
  /** What is to be known beside it. */
  readonly notes: readonly { readonly code: string; readonly message: string }[];
  readonly seconds: number;
}

/** What is wrong with a store, with its name; most messages have it already. */
export function naming(store: string, message: string): string {
  return message.includes(store) ? message : `${store}: ${message}`;
}

/** A line of JSON about a store without a result. */
export function failureJson(
  store: string,
  { code, message, exitCode }: Failure,
  facts: Readonly<Record<string, JsonValue>> = {},
): string {
  return toJson({ store, ...facts, error: { code, message, exitCode } });
}
