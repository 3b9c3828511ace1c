// Says how long the run took and what failed, and ends with one line that a script can read. On a terminal a line says
// meanwhile how far it is.
import Mocha from 'mocha';
import { ProgressLine } from './progress-line.js';

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;
const SLOW_MS = 1000;

// Of a session that differs all of it is wanted.
Mocha.reporters.Base.maxDiffSize = Infinity;

// Text has lines, which are compared one by one.
const textOf = (value) => (typeof value === 'string' ? value : Mocha.utils.stringify(value));

function describeFailure(test, error) {
  const { actual, expected, showDiff } = error;
  const lines = [`FAILED  ${test.fullTitle()}`, test.file ? `  in ${test.file}` : '', error.stack ?? String(error)];
  if (showDiff && actual !== undefined && expected !== undefined) {
    const [actualText, expectedText] = [actual, expected].map(textOf);
    lines.push(Mocha.reporters.Base.generateDiff(actualText, expectedText));
  }
  return lines.filter((line) => line !== '').join('\n');
}

export default class SummaryReporter {
  #failures = [];
  #skipped = [];
  #slow = [];
  #passed = 0;
  #startedAt = performance.now();
  #line = new ProgressLine(process.stdout);

  constructor(runner) {
    runner.on(EVENT_TEST_PASS, (test) => {
      this.#passed++;
      if (test.duration >= SLOW_MS) this.#slow.push(test);
      this.#showProgress(test);
    });
    runner.on(EVENT_TEST_PENDING, (test) => this.#skipped.push(test));
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      this.#failures.push(describeFailure(test, error));
      this.#showProgress(test);
    });
    runner.once(EVENT_RUN_END, () => this.#summarize());
  }

  #showProgress(test) {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    this.#line.show(`${seconds} s  ${this.#passed} passed, ${this.#failures.length} failed  ${test.fullTitle()}`);
  }

  #summarize() {
    this.#line.clear();
    const lines = [];
    for (const test of this.#skipped) lines.push(`skipped  ${test.fullTitle()}`);
    for (const test of this.#slow) lines.push(`slow  ${(test.duration / 1000).toFixed(1)} s  ${test.fullTitle()}`);
    for (const failure of this.#failures) lines.push('', failure, '');
    lines.push(`tests took ${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`);
    const skipped = this.#skipped.length > 0 ? `, ${this.#skipped.length} skipped` : '';
    lines.push(`${this.#passed} passed, ${this.#failures.length} failed${skipped}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
