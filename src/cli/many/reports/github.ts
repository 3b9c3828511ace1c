/** Annotations as the runner of GitHub Actions reads them from a step's output. */
import type { StoreOutcome } from '../outcome.js';
import { summaryText } from '../tally.js';
import { findingsOf, placed } from './findings.js';
import type { ManyReport, ReportOptions } from './report.js';

const LEVELS = { corrupt: 'error', torn: 'error', leak: 'warning', odd: 'notice' } as const;
type Annotation = 'error' | 'warning' | 'notice';

export function githubReport({ print, command }: ReportOptions): ManyReport {
  return {
    add: async (outcome) => {
      for (const line of annotations(outcome)) await print.line(line);
    },
    end: (summary) => print.line(`::notice title=${property(command)}::${data(summaryText(summary))}`),
  };
}

function annotations({ store, result, failure }: StoreOutcome): string[] {
  const findings = findingsOf(result).map((finding) =>
    annotation(LEVELS[finding.severity], store, finding.code, placed(finding)),
  );
  if (findings.length > 0 || failure === undefined) return findings;
  return [annotation('error', store, failure.code, failure.message)];
}

function annotation(level: Annotation, store: string, title: string, message: string): string {
  return `::${level} file=${property(store)},title=${property(title)}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
