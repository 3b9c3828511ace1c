import { nodeFiles } from '../../dist/engine/file/node-files.js';
import { BTreeStore } from '../../dist/engine/index.js';

const PAGE_SIZE = 4096;

/** Counts the pages that one get reads, from opening the store on: `different`, and `all` with those read again. */
export function prepare({ path, gets }) {
  return () => ({ operations: gets.length, counts: gets.map((get) => countPages(path, get)) });
}

function countPages(path, { table, key, at }) {
  const read = [];
  const store = BTreeStore.open(path, { readOnly: true, files: recordingFiles(read) });
  const position = at === undefined ? store.appliedPosition : BigInt(at);
  const value = store.getAt(BigInt(table), key, position);
  store.close();
  return { different: new Set(read).size, all: read.length, found: value !== undefined };
}

function recordingFiles(read) {
  return new Proxy(nodeFiles, {
    get: (files, name) =>
      name === 'open' ? (...args) => recordingFile(files.open(...args), read) : bound(files, name),
  });
}

function recordingFile(file, read) {
  return new Proxy(file, {
    get: (target, name) => {
      if (name !== 'read') return bound(target, name);
      return (buffer, offset, length, position) => {
        for (let page = position; page < position + length; page += PAGE_SIZE) read.push(page / PAGE_SIZE);
        return target.read(buffer, offset, length, position);
      };
    },
  });
}

function bound(target, name) {
  const value = target[name];
  return typeof value === 'function' ? value.bind(target) : value;
}
