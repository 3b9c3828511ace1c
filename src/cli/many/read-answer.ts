/** Reads what a process told of a store. */
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Failure, Result, StoreOutcome } from './outcome.js';
import type { Answered, NoAnswer } from './pool.js';
import type { Answer } from './worker.js';

export function readAnswer({ store, answer, seconds }: Answered): StoreOutcome {
  if (!('code' in answer)) {
    return { store, line: undefined, result: undefined, failure: noAnswer(answer), notes: [], seconds };
  }
  const line = answer.stdout.trimEnd();
  const messages = answer.stderr.split('\n').filter((text) => text !== '');
  const told = messages.map((text) => JSON.parse(text) as { note?: Note; error?: Failure });
  const error = told.find((message) => message.error !== undefined)?.error;
  return {
    store,
    line: line === '' ? undefined : line,
    result: line === '' ? undefined : (JSON.parse(line) as Result),
    failure: answer.code === EXIT.ok ? undefined : failureOf(answer, error),
    notes: told.flatMap(({ note }) => note ?? []),
    seconds,
  };
}

type Note = StoreOutcome['notes'][number];

function failureOf({ code }: Answer, error: Failure | undefined): Failure {
  const exitCode = code as ExitCode;
  return error === undefined
    ? { code: 'INTERNAL_ERROR', message: `exit code ${code}`, exitCode }
    : { code: error.code, message: error.message, exitCode };
}

function noAnswer(answer: NoAnswer): Failure {
  if ('timeoutMs' in answer) {
    const message = `given up after ${answer.timeoutMs / 1000} s`;
    return { code: 'STORE_TIMED_OUT', message, exitCode: EXIT.busy };
  }
  const message = `the process that looked at it ended: ${answer.ended}`;
  return { code: 'PROCESS_ENDED', message, exitCode: EXIT.bug };
}
