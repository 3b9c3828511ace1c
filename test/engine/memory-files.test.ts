/** The disk that the crash tests believe in: what it keeps, what it may lose, and how it fails. */
import { expect } from 'chai';
import type { FileHandle } from '../../src/engine/index.js';
import { utf8 } from '../support/bytes.js';
import { CrashOutcome } from '../support/crash-outcome.js';
import { clearFaults, injectFault, MemoryFiles } from '../support/memory-files.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const PATH = '/memory/file';
const OTHER = '/memory/other';

const write = (file: FileHandle, text: string, position: number): void =>
  file.write(utf8(text), 0, text.length, position);

/** What many crashes leave of a file: its contents as text, '-' where it has no name. */
function outcomes(files: MemoryFiles, path = PATH): Set<string> {
  const random = new Random(1);
  return new Set(
    Array.from({ length: 1500 }, () => {
      const image = files.crash(random);
      return image.paths().includes(path) ? image.get(path).toString().replaceAll('\0', '.') : '-';
    }),
  );
}

function synced(text: string): { files: MemoryFiles; file: FileHandle } {
  const files = new MemoryFiles();
  files.set(PATH, utf8(text));
  return { files, file: files.open(PATH, 'write') };
}

describe('a crash of the disk in memory', () => {
  it('leaves what was synced, and of later writes each or none, in any combination', () => {
    const { files, file } = synced('aaaa');
    write(file, 'b', 0);
    file.sync();
    expect(outcomes(files)).to.deep.equal(new Set(['baaa']));
    write(file, 'c', 1);
    write(file, 'd', 2);
    expect(outcomes(files)).to.deep.equal(new Set(['baaa', 'bcaa', 'bada', 'bcda']));
    expect(files.get(PATH).toString()).to.equal('bcda');
  });

  it('tears a write at sectors of 512 bytes, and nowhere else', () => {
    const { files, file } = synced('.'.repeat(1536));
    write(file, 'x'.repeat(1024), 256);
    const shapes = new Set(
      [...outcomes(files)].map((text) => text.replace(/(.)\1*/g, (run: string) => `${run.charAt(0)}${run.length} `)),
    );
    expect(shapes).to.include('.1536 ').and.include('.256 x1024 .256 ').and.include('.512 x512 .512 ');
    expect(shapes).to.include('.256 x256 .1024 ');
    expect(shapes.size).to.equal(8);
  });

  it('may leave a new length without the bytes, or the old length', () => {
    const { files, file } = synced('aa');
    write(file, 'bb', 2);
    expect(outcomes(files)).to.deep.equal(new Set(['aa', 'aabb', 'aa..']));
    file.sync();
    file.truncate(1);
    expect(outcomes(files)).to.deep.equal(new Set(['aabb', 'a']));
    file.sync();
    expect(outcomes(files)).to.deep.equal(new Set(['a']));
  });

  it('may lose for ever what a failed sync was to save', () => {
    const { files, file } = synced('a');
    write(file, 'b', 0);
    injectFault(files, { kinds: ['sync'], nth: 1 });
    expectRefused(() => file.sync(), 'IO_ERROR');
    clearFaults(files);
    file.sync();
    expect(outcomes(files)).to.deep.equal(new Set(['a', 'b']));
  });

  it('may lose names until their directory is synced, and keep them before', () => {
    const files = new MemoryFiles();
    const file = files.open(PATH, 'create');
    write(file, 'a', 0);
    file.sync();
    expect(outcomes(files)).to.deep.equal(new Set(['-', 'a']));
    files.syncDirectory(PATH);
    expect(outcomes(files)).to.deep.equal(new Set(['a']));
    files.link(PATH, OTHER);
    files.unlink(PATH);
    expect(outcomes(files)).to.deep.equal(new Set(['-', 'a']));
    expect(outcomes(files, OTHER)).to.deep.equal(new Set(['-', 'a']));
    files.syncDirectory(PATH);
    expect(outcomes(files)).to.deep.equal(new Set(['-']));
    expect(outcomes(files, OTHER)).to.deep.equal(new Set(['a']));
  });

  it('renames as a whole or not at all', () => {
    const { files } = synced('old');
    const file = files.open(OTHER, 'create');
    write(file, 'new', 0);
    file.sync();
    files.syncDirectory(OTHER);
    files.rename(OTHER, PATH);
    expect(files.paths()).to.deep.equal([PATH]);
    expect(outcomes(files)).to.deep.equal(new Set(['old', 'new']));
    expect(outcomes(files, OTHER)).to.deep.equal(new Set(['-', 'new']));
  });

  it('keeps two names of one file together', () => {
    const { files, file } = synced('a');
    files.link(PATH, OTHER);
    files.syncDirectory(OTHER);
    write(file, 'b', 0);
    for (let seed = 0; seed < 20; seed += 1) {
      const image = files.crash(new Random(seed));
      expect(image.get(PATH).equals(image.get(OTHER))).to.equal(true);
      expect(image.linkCount(PATH)).to.equal(2);
    }
  });

  it('is of a moment: the files go on, the image is another, on a machine that was started again', () => {
    const { files, file } = synced('a');
    const image = files.crash(new Random(1));
    write(file, 'b', 0);
    expect(image.get(PATH).toString()).to.equal('a');
    expect(image.processes.self().boot).to.not.equal(files.processes.self().boot);
    expect(outcomes(image)).to.deep.equal(new Set(['a']));
  });

  it('may leave everything, in the order of time, or nothing', () => {
    const { files, file } = synced('aaa');
    write(file, 'b', 0);
    write(file, 'b', 1);
    write(file, 'b', 2);
    const falls = (mood: 'nothing' | 'everything' | 'until'): Set<string> =>
      new Set(
        Array.from({ length: 200 }, (_, seed) => {
          const random = new Random(seed);
          return files
            .crash(random, new CrashOutcome(random, 4, mood))
            .get(PATH)
            .toString();
        }),
      );
    expect(falls('nothing')).to.deep.equal(new Set(['aaa']));
    expect(falls('everything')).to.deep.equal(new Set(['bbb']));
    expect([...falls('until')]).to.include.members(['aaa', 'baa', 'bba', 'bbb']);
  });
});

describe('a fault of the disk in memory', () => {
  it('strikes the nth operation of its kinds, once or for ever, and is counted', () => {
    const { files, file } = synced('aaaa');
    const once = injectFault(files, { kinds: ['write'], nth: 2, errno: 'ENOSPC' });
    write(file, 'b', 0);
    expect(expectRefused(() => write(file, 'b', 1), 'IO_ERROR').facts).to.include({ errno: 'ENOSPC' });
    write(file, 'b', 2);
    expect(once).to.deep.equal({ seen: 3, failed: 1 });
    injectFault(files, { kinds: ['write'], nth: 1, forEver: true });
    for (let count = 0; count < 3; count += 1) expectRefused(() => write(file, 'c', 3), 'IO_ERROR');
    expect(files.get(PATH).toString()).to.equal('baba');
  });

  it('may cut a write short', () => {
    const { files, file } = synced('aaaa');
    injectFault(files, { kinds: ['write'], nth: 1, writtenShare: 0.5 });
    expectRefused(() => write(file, 'bbbb', 0), 'IO_ERROR');
    expect(files.get(PATH).toString()).to.equal('bbaa');
  });

  it('can be aimed by the log of what happens', () => {
    const { files, file } = synced('a');
    files.log = [];
    write(file, 'b', 0);
    file.sync();
    expect(files.log.map(({ kind, path, position, length }) => [kind, path, position, length])).to.deep.equal([
      ['write', PATH, 0, 1],
      ['sync', PATH, 0, 0],
    ]);
  });
});
