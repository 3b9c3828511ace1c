/** JUnit XML: a test case a store, with one failure where it is damaged, or one error where it was not looked at. */
import { EXIT } from '../../exit-codes.js';
import { escapeControls } from '../../text/escape.js';
import type { Failure, StoreOutcome } from '../outcome.js';
import { findingsOf, placed } from './findings.js';
import type { ManyReport, ReportOptions } from './report.js';

export function junitReport({ print, command }: ReportOptions): ManyReport {
  const outcomes: StoreOutcome[] = [];
  return {
    add: (outcome) => {
      outcomes.push(outcome);
      return Promise.resolve();
    },
    end: async ({ seconds }) => {
      const failures = outcomes.filter(({ failure }) => failure !== undefined && isDamage(failure)).length;
      const errors = outcomes.filter(({ failure }) => failure !== undefined && !isDamage(failure)).length;
      const counts = `tests="${outcomes.length}" failures="${failures}" errors="${errors}" time="${seconds.toFixed(3)}"`;
      const name = `kmb-store ${command}`;
      await print.line('<?xml version="1.0" encoding="UTF-8"?>');
      await print.line(`<testsuites name="${name}" ${counts}>`);
      await print.line(`  <testsuite name="${name}" ${counts}>`);
      for (const outcome of outcomes) await print.line(testCase(outcome, command));
      await print.line('  </testsuite>');
      await print.line('</testsuites>');
    },
  };
}

function testCase({ store, result, failure, seconds }: StoreOutcome, command: string): string {
  const head = `    <testcase name="${xml(store)}" classname="${command}" time="${seconds.toFixed(3)}"`;
  if (failure === undefined) return `${head}/>`;
  const element = isDamage(failure) ? 'failure' : 'error';
  const findings = findingsOf(result).map((finding) => `${finding.severity} ${finding.code}: ${placed(finding)}`);
  const body = findings.length === 0 ? [failure.message] : findings;
  return [
    `${head}>`,
    `      <${element} type="${xml(failure.code)}" message="${xml(failure.message)}">${xml(body.join('\n'))}</${element}>`,
    '    </testcase>',
  ].join('\n');
}

function isDamage({ exitCode }: Failure): boolean {
  return exitCode === EXIT.cleanNo || exitCode === EXIT.damaged;
}

/** XML has no place for most control characters, not even as references. */
function xml(text: string): string {
  return text
    .split('\n')
    .map(escapeControls)
    .join('\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
