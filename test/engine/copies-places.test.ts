/** Where copies go: links, modes, what is there already, and files beside. */
import { expect } from 'chai';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BTreeStore, compact, upgrade, verify, WriteBatch } from '../../src/engine/index.js';
import { expectRefused } from '../support/store-errors.js';
import { withTempDir } from '../support/temp-dir.js';

function makeStore(path: string, format: number, value = 'v'): void {
  const store = BTreeStore.open(path, { create: true, format });
  store.apply(new WriteBatch(1n).put(1n, 'k', value));
  store.apply(new WriteBatch(2n).put(1n, 'k', `${value}2`));
  store.sync();
  store.close();
}

function valueIn(path: string): string {
  const store = BTreeStore.open(path, { readOnly: true });
  try {
    return Buffer.from(store.get(1n, 'k') ?? '').toString();
  } finally {
    store.close();
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('the place of a copy', () => {
  it('is that of the file that a link leads to, whose mode and owner stay', () => {
    withTempDir((folder) => {
      mkdirSync(join(folder, 'data'));
      const store = join(folder, 'data', 's.kmb');
      const link = join(folder, 'link.kmb');
      makeStore(store, 1);
      chmodSync(store, 0o640);
      symlinkSync('data/s.kmb', link);
      const { uid, gid } = statSync(store);
      expect(upgrade(link).path).to.equal(store);
      expect(lstatSync(link).isSymbolicLink()).to.equal(true);
      expect([modeOf(store), statSync(store).uid, statSync(store).gid]).to.deep.equal([0o640, uid, gid]);
      expect(valueIn(link)).to.equal('v2');
      expect(readdirSync(join(folder, 'data'))).to.deep.equal(['s.kmb']);
      expect(verify(link, { strict: true }).ok).to.equal(true);
    });
  });

  it('is never the store itself, in whatever spelling, nor a name that a writer of it needs', () => {
    withTempDir((folder) => {
      const store = join(folder, 's.kmb');
      makeStore(store, 1);
      symlinkSync('s.kmb', join(folder, 'link.kmb'));
      const before = readFileSync(store);
      const outputs = [
        store,
        join(folder, '.', 's.kmb'),
        `${folder}/../${folder.split('/').pop()}/s.kmb`,
        join(folder, 'link.kmb'),
      ];
      for (const output of [...outputs, `${store}-journal`, `${store}-lock`, `${store}-new-0123456789ab`]) {
        for (const force of [false, true]) expectRefused(() => compact(store, { output, force }), 'OUTPUT_IS_INPUT');
      }
      linkSync(store, join(folder, 'hard.kmb'));
      expectRefused(
        () => compact(store, { output: join(folder, 'hard.kmb'), force: true }),
        'STORE_HAS_LINKS',
        'OUTPUT_IS_INPUT',
      );
      expect(readFileSync(store).equals(before)).to.equal(true);
      expect(readdirSync(folder).sort()).to.deep.equal(['hard.kmb', 'link.kmb', 's.kmb']);
    });
  });

  it('is not overwritten without being told to', () => {
    withTempDir((folder) => {
      const store = join(folder, 's.kmb');
      const output = join(folder, 'new.kmb');
      makeStore(store, 1);
      writeFileSync(output, 'something else');
      expectRefused(() => upgrade(store, { output }), 'OUTPUT_EXISTS');
      expect(readFileSync(output, 'utf8')).to.equal('something else');
      upgrade(store, { output, force: true });
      expect(valueIn(output)).to.equal('v2');
      expectRefused(() => upgrade(store, { output, force: false }), 'OUTPUT_EXISTS');
      expect(readdirSync(folder).sort()).to.deep.equal(['new.kmb', 's.kmb']);
    });
  });

  it('is refused beside a journal of a store that is not there', () => {
    withTempDir((folder) => {
      const store = join(folder, 's.kmb');
      const output = join(folder, 'new.kmb');
      makeStore(store, 2);
      writeFileSync(`${output}-journal`, 'VDBJOURN');
      for (const copy of [upgrade, compact]) {
        expect(expectRefused(() => copy(store, { output }), 'OUTPUT_EXISTS').facts['journal']).to.equal(
          `${output}-journal`,
        );
      }
      expect(existsSync(output)).to.equal(false);
    });
  });

  it('is waited for like any store that somebody writes', () => {
    withTempDir((folder) => {
      const store = join(folder, 's.kmb');
      const output = join(folder, 'new.kmb');
      makeStore(store, 1);
      makeStore(output, 2, 'old');
      const writer = BTreeStore.open(output);
      expectRefused(() => compact(store, { output, force: true, lockTimeoutMs: 0 }), 'STORE_LOCKED');
      writer.close();
      const holder = BTreeStore.open(store);
      expectRefused(() => upgrade(store, { lockTimeoutMs: 0 }), 'STORE_LOCKED');
      holder.close();
      compact(store, { output, force: true });
      expect(valueIn(output)).to.equal('v2');
    });
  });

  it('of what is damaged or torn stays as it is', () => {
    withTempDir((folder) => {
      const store = join(folder, 's.kmb');
      makeStore(store, 1);
      const bytes = readFileSync(store);
      bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
      writeFileSync(store, bytes);
      const { facts } = expectRefused(() => upgrade(store), 'PAGE_CORRUPTED');
      expect(facts).to.include({ page: 1, finding: 'page-crc' });
      expect(readFileSync(store).equals(bytes)).to.equal(true);
      const torn = join(folder, 'torn.kmb');
      makeStore(torn, 1);
      const before = readFileSync(torn);
      const writer = BTreeStore.open(torn);
      writer.apply(new WriteBatch(3n).put(1n, 'k', 'v3'));
      writer.sync();
      writer.close();
      writeFileSync(torn, Buffer.concat([before.subarray(0, 4096), readFileSync(torn).subarray(4096)]));
      const error = expectRefused(() => compact(torn), 'STORE_TORN');
      expect(error.hint).to.contain('verify-pages');
      expectRefused(() => upgrade(join(folder, 'nothing.kmb')), 'STORE_NOT_FOUND');
      writeFileSync(join(folder, 'text'), 'no store at all');
      expectRefused(() => compact(join(folder, 'text')), 'NOT_A_STORE');
    });
  });
});
