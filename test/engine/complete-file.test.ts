/** The file of --lost: never instead of another file unless that is asked for, and complete or not there. */
import { expect } from 'chai';
import { type FileHandle, type FileMode, CompleteFile, StoreError } from '../../src/engine/index.js';
import { ForwardingFiles } from '../support/forwarding-files.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const LIST = '/memory/lost.ndjson';
const NEW = '/memory/new.kmb';
const others = [STORE_PATH, NEW];

/** Its disk is full. */
class FullFiles extends ForwardingFiles {
  override open(path: string, mode: FileMode): FileHandle {
    const file = super.open(path, mode);
    file.write = () => {
      throw new StoreError('IO_ERROR', 'no space left on device');
    };
    return file;
  }
}

const filesWith = (list?: string): MemoryFiles => {
  const files = memoryWith(Buffer.from('store'));
  if (list !== undefined) files.set(LIST, Buffer.from(list));
  return files;
};

describe('a file of losses', () => {
  it('has its name only when it is complete', () => {
    const files = filesWith();
    const list = new CompleteFile({ files, path: LIST, others, force: false });
    expect(files.identity(LIST)).to.equal(undefined);
    expect(list.complete(['{"a":1}\n', '{"b":2}\n'])).to.equal(16);
    list.release();
    expect(files.get(LIST).toString()).to.equal('{"a":1}\n{"b":2}\n');
    expect(files.paths()).to.have.members([STORE_PATH, LIST]);
    expect(files.openHandles).to.equal(0);
  });

  it('leaves nothing behind where it is not completed, or cannot be', () => {
    const files = filesWith();
    new CompleteFile({ files, path: LIST, others, force: false }).release();
    const full = new CompleteFile({ files: new FullFiles(files), path: LIST, others, force: false });
    expectRefused(() => {
      full.complete(['{}']);
    }, 'IO_ERROR');
    full.release();
    expect(files.paths()).to.deep.equal([STORE_PATH]);
    expect(files.openHandles).to.equal(0);
  });

  it('takes the place of a file only where that is asked for, also of one that came meanwhile', () => {
    const files = filesWith('old');
    expectRefused(() => new CompleteFile({ files, path: LIST, others, force: false }), 'OUTPUT_EXISTS');
    const replacing = new CompleteFile({ files, path: LIST, others, force: true });
    expect(files.get(LIST).toString()).to.equal('old');
    replacing.complete(['new\n']);
    expect(files.get(LIST).toString()).to.equal('new\n');
    files.unlink(LIST);
    const late = new CompleteFile({ files, path: LIST, others, force: false });
    files.set(LIST, Buffer.from('of somebody else'));
    expectRefused(() => {
      late.complete([]);
    }, 'OUTPUT_EXISTS');
    late.release();
    expect(files.get(LIST).toString()).to.equal('of somebody else');
    expect(files.paths()).to.have.members([STORE_PATH, LIST]);
  });

  it('is none of the other files of the command, nor one that belongs to them', () => {
    const files = filesWith();
    for (const path of [STORE_PATH, NEW, `${STORE_PATH}-journal`, `${NEW}-lock`])
      expectRefused(() => new CompleteFile({ files, path, others, force: true }), 'OUTPUT_IS_INPUT');
    const list = new CompleteFile({ files, path: LIST, others, force: true });
    files.link(STORE_PATH, LIST);
    expectRefused(() => {
      list.complete([]);
    }, 'OUTPUT_IS_INPUT');
    list.release();
    expect(files.get(STORE_PATH).toString()).to.equal('store');
  });
});
