/**
 * docs/VERIFY.md tells of every finding what the code says, and docs/FORMAT.md names the code that holds each
 * invariant.
 */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { FINDING_KINDS } from '../../src/engine/index.js';

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
    const [, invariants = ''] = /## Invariants\n([^]*?)\n## /.exec(read('FORMAT.md')) ?? [];
    const numbered = invariants.split(/\n(?=\d+\. )/).filter((text) => /^\d+\. /.test(text.trim()));
    expect(numbered.length).to.be.above(6);
    for (const invariant of numbered) {
      const codes = [...invariant.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, code = '']) => code);
      expect(codes, invariant).to.not.be.empty;
      for (const code of codes) expect(FINDING_KINDS).to.have.property(code);
    }
  });
});
