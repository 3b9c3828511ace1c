/** A log is checked without a store: sequence, hash chain, what is skipped. */
import { expect } from 'chai';
import { LogVerifier, WriteBatch } from '../../src/engine/index.js';
import { nextHash, ZERO_HASH } from '../../src/engine/log/hash-chain.js';
import { expectRefused } from '../support/store-errors.js';

const batches = (value: string): WriteBatch[] =>
  [1n, 2n, 3n, 4n].map((position) => new WriteBatch(position).put(1n, `k${position}`, value));

/** The batches that are not skipped. */
function taken(verifier: LogVerifier, log: readonly WriteBatch[]): bigint[] {
  return log
    .filter((batch, index) => {
      verifier.follow(batch.position);
      return !verifier.skips(batch, index + 1);
    })
    .map(({ position }) => position);
}

const hashAt = (log: readonly WriteBatch[], position: number): Uint8Array =>
  log.slice(0, position).reduce(nextHash, ZERO_HASH);

describe('a log verifier', () => {
  it('skips what is applied, and compares it with the applied hash', () => {
    const verifier = new LogVerifier({ position: 2n, hash: hashAt(batches('v'), 2) });
    expect(taken(verifier, batches('v'))).to.deep.equal([3n, 4n]);
    expect(verifier.skipped).to.equal(2);
    expect(verifier.notCompared(true)).to.equal(undefined);
  });

  it('refuses another log at the applied position, and before anything of it is taken', () => {
    const verifier = new LogVerifier({ position: 2n, hash: hashAt(batches('v'), 2) });
    const error = expectRefused(() => taken(verifier, batches('other')), 'LOG_MISMATCH');
    expect(error.facts).to.include({ line: 2, position: 2n, appliedPosition: 2n });
  });

  it('refuses gaps', () => {
    for (const positions of [[2n], [1n, 3n], [1n, 1n]]) {
      const verifier = new LogVerifier({ position: 0n, hash: ZERO_HASH });
      const error = expectRefused(() => {
        for (const position of positions) verifier.follow(position);
      }, 'LOG_GAP');
      expect(error.facts['found']).to.equal(positions.at(-1));
    }
  });

  it('says why it could not compare', () => {
    const log = batches('v');
    const known = { position: 3n, hash: hashAt(log, 3) };
    const cases = [
      [known, log.slice(0, 2), 'log-ends'],
      [known, log.slice(1), 'log-begins-late'],
      [{ position: 3n, hash: ZERO_HASH }, log, 'hash-unknown'],
      [{ position: 0n, hash: ZERO_HASH }, log, undefined],
    ] as const;
    for (const [applied, lines, expected] of cases) {
      const verifier = new LogVerifier(applied);
      const any = taken(verifier, lines).length > 0;
      expect(verifier.notCompared(any)).to.equal(expected);
    }
  });
});
