/** What stores are called among others: their paths below a folder. */
import path from 'node:path';
import { makeFolder } from '../export/folders.js';

/** What stays as it is in the name of a partition, for every reader of partitions and every shell. */
const PLAIN = /[\w.-]/;

/** The folder that all of these paths are below. */
export function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((each) => path.dirname(path.resolve(each)).split(path.sep));
  const [first = [], ...others] = folders;
  const length = first.findIndex((part, index) => others.some((folder) => folder[index] !== part));
  const common = length < 0 ? first : first.slice(0, length);
  return common.join(path.sep) || path.sep;
}

/** The name of a store in a data set; undefined when it is not below the folder. */
export function storeName(folder: string, store: string): string | undefined {
  const relative = path.relative(folder, path.resolve(store));
  const isBelow = relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
  return isBelow ? relative.split(path.sep).join('/') : undefined;
}

/** A name as a part of a path, percent-encoded, as readers of partitions decode it. */
export function encodeName(name: string): string {
  return Array.from(name, (char) => (PLAIN.test(char) ? char : percentEncoded(char))).join('');
}

function percentEncoded(char: string): string {
  return Buffer.from(char).toString('hex').toUpperCase().replace(/../g, '%$&');
}

/** Where in a folder something of each of several stores goes; what it is in is made. @throws CliError */
export function placesIn(folder: string, stores: readonly string[]): (store: string) => string {
  const common = commonFolder(stores);
  return (store) => {
    const place = path.join(folder, storeName(common, store) ?? path.basename(store));
    makeFolder(path.dirname(place));
    return place;
  };
}
