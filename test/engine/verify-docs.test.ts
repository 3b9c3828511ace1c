/**
 * docs/VERIFY.md tells of every finding what the code says, and docs/FORMAT.md names the code that holds each
 * invariant.
 */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { FINDING_KINDS } from '../../src/engine/index.js';
import { sectionOf } from './support/format-document.js';

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('the documents about verify', () => {
  it('list every kind of finding, with its severity, meaning and remedy', () => {
    const rows = read('VERIFY.md').matchAll(/^\| `([a-z-]+)` \| (\w+) \| (\w+) \| (.+?) \| (.+?) \|$/gm);
    const listed = [...rows].map(([, code, severity, level, meaning, remedy]) => [
      code,
      { severity, level, meaning, remedy },
    ]);
    expect(Object.fromEntries(listed)).to.deep.equal(FINDING_KINDS);
    expect(listed).to.have.length(Object.keys(FINDING_KINDS).length);
  });

  it('name for each invariant of the format the findings that check it', () => {
    const invariants = invariantsBelow('Invariants');
    expect([...invariants.keys()]).to.deep.equal(numbers(1, 11));
    for (const [number, codes] of invariants) expect(FINDING_KINDS, `invariant ${number}`).to.include.all.keys(codes);
  });

  it('name for each invariant of format 2 the findings that check it', () => {
    const invariants = invariantsBelow('Invariants of format 2');
    expect([...invariants.keys()]).to.deep.equal(numbers(20, 32));
    for (const [number, codes] of invariants) expect(FINDING_KINDS, `invariant ${number}`).to.include.all.keys(codes);
  });
});

/** The codes that each invariant below a heading names, by its number. */
function invariantsBelow(heading: string): Map<number, string[]> {
  const text = sectionOf(heading).split(/\n(?=\d+\. )/);
  return new Map(
    text.slice(1).map((invariant) => {
      const codes = [...invariant.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, code = '']) => code);
      return [Number.parseInt(invariant, 10), codes];
    }),
  );
}

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
