/** Answers about many stores, each as soon as it is known, and ends with the worst of what came out. */
import { availableParallelism } from 'node:os';
import { CliError } from '../cli-error.js';
import type { Style } from '../output/presenter.js';
import { Progress } from '../output/progress.js';
import { TimeSlice } from '../time-slice.js';
import type { Representation } from './flags.js';
import { listStores, type StoreList, type StoreRequest } from './list-stores.js';
import { naming, type StoreOutcome } from './outcome.js';
import { askEach, type PoolOptions } from './pool.js';
import { readAnswer } from './read-answer.js';
import { reportOf, type ReportOptions } from './reports/report.js';
import { Tally } from './tally.js';
import type { ManyView } from './view.js';

export interface ManyRequest {
  readonly request: StoreRequest;
  readonly pool: Omit<PoolOptions, 'jobs' | 'argvOf'> & { readonly jobs: number | undefined };
  /** Of all stores, what is run for each of them. */
  readonly argvOf: (stores: readonly string[]) => PoolOptions['argvOf'];
  readonly representation: Representation;
  readonly report: ReportOptions;
  readonly style: Style;
}

/** @throws CliError where there are failures; as `listStores` */
export async function answerAll(many: ManyRequest): Promise<void> {
  const { style } = many;
  const { print, view } = many.report;
  const list = await listStores(many.request);
  const report = reportOf(many.representation, many.report);
  const tally = new Tally(list);
  const progress = new Progress(style);
  const slice = new TimeSlice();
  try {
    for await (const outcome of outcomes(list, many)) {
      progress.stop();
      for (const { code, message } of outcome.notes) print.note(code, message);
      tally.add(outcome);
      await report.add(outcome);
      await progress.show(() => tally.progress);
      if (slice.isOver()) await slice.pause();
    }
  } finally {
    progress.stop();
  }
  await report.end(tally.summary());
  const { worst } = tally;
  if (worst !== undefined) throw verdictOf(worst, tally, view);
}

async function* outcomes(
  { stores, unread }: StoreList,
  { pool, ...many }: ManyRequest,
): AsyncGenerator<StoreOutcome, void> {
  for (const { path, error } of unread) {
    const { code, exitCode, sentence: message } = error;
    yield {
      store: path,
      line: undefined,
      result: undefined,
      failure: { code, exitCode, message },
      notes: [],
      seconds: 0,
    };
  }
  const jobs = pool.jobs ?? availableParallelism();
  for await (const answered of askEach(stores, { ...pool, jobs, argvOf: many.argvOf(stores) }))
    yield readAnswer(answered);
}

/** What the command ends with: of one store its own error, of several the worst. */
function verdictOf(
  { store, failure }: NonNullable<Tally['worst']>,
  { stores, failed }: Tally,
  view: ManyView,
): CliError {
  const { code, message, exitCode } = failure;
  const facts = { stores, failed };
  if (stores === 1) return new CliError(code, exitCode, message, { facts });
  const sentence = `${failed} of ${stores} stores ${view.verdict}; the worst: ${naming(store, message)}`;
  return new CliError(code, exitCode, sentence, { facts: { ...facts, store } });
}
