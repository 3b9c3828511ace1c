/** What is printed of many stores, in the form that was asked for. */
import type { Presenter } from '../../output/presenter.js';
import { wholly } from '../../output/prose.js';
import { stringJson, toJson } from '../../text/json.js';
import type { Representation } from '../flags.js';
import { failureJson, naming, type StoreOutcome } from '../outcome.js';
import { type ManySummary, summaryText } from '../tally.js';
import type { ManyView } from '../view.js';
import { githubReport } from './github.js';
import { junitReport } from './junit.js';
import { prometheusReport } from './prometheus.js';
import { sarifReport } from './sarif.js';

export interface ReportOptions {
  readonly command: string;
  readonly version: string;
  readonly view: ManyView;
  readonly print: Presenter;
}

export interface ManyReport {
  add(outcome: StoreOutcome): Promise<void>;
  end(summary: ManySummary): Promise<void>;
}

const REPORTS: Readonly<Record<Representation, (options: ReportOptions) => ManyReport>> = {
  text: textReport,
  json: jsonReport,
  junit: junitReport,
  github: githubReport,
  sarif: sarifReport,
  prometheus: prometheusReport,
};

export function reportOf(representation: Representation, options: ReportOptions): ManyReport {
  return REPORTS[representation](options);
}

/** A line for each store; the summary is for people, and not among what other programs read. */
function textReport({ print, view }: ReportOptions): ManyReport {
  return {
    add: async ({ store, result, failure }) => {
      if (result !== undefined) {
        const line = view.line(store, result);
        if (failure === undefined) await print.line(line);
        else await print.prose([wholly('problem', line)]);
      } else if (failure !== undefined) {
        const line = view.failureLine?.(store, failure);
        if (line === undefined) print.note(failure.code, naming(store, failure.message));
        else await print.prose([wholly('problem', line)]);
      }
    },
    end: (summary) => {
      print.note('SUMMARY', summaryText(summary));
      return Promise.resolve();
    },
  };
}

function jsonReport({ print, view }: ReportOptions): ManyReport {
  return {
    add: async ({ store, line, result, failure }) => {
      if (line !== undefined) await print.line(result?.['store'] === undefined ? withStore(store, line) : line);
      else if (failure !== undefined) await print.line(failureJson(store, failure, view.failureFacts));
    },
    end: (summary) => print.line(toJson({ summary: { ...summary } })),
  };
}

/** A result that does not say of which store it is, because a command on one store has no need to. */
function withStore(store: string, line: string): string {
  return `{"store":${stringJson(store)},${line.slice(1)}`;
}
