/** Which stores a command is asked about: those that are named, those in folders, those of a list. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { looksLikeStore, StoreError } from '../../engine/index.js';
import { CliError, fileError, UsageError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { requirePath } from '../input/args.js';
import { readAll } from '../input/input.js';

export interface StoreRequest {
  readonly stores: readonly string[];
  readonly folders: readonly string[];
  /** A file with a path on each line; `-` is standard input. */
  readonly listFile: string | undefined;
}

export interface StoreList {
  /** Each once, in the order in which they were named and found. */
  readonly stores: readonly string[];
  /** Files in the folders that do not look like stores. */
  readonly filesSkipped: number;
  /** Folders below them that could not be looked through. */
  readonly unread: readonly { readonly path: string; readonly error: CliError }[];
}

const LIST_BYTES_MAX = 2 ** 28;
const STORE_NAME = /\.kmb$/;

/** @throws UsageError where nothing is named; CliError where a folder or a list cannot be read, or no store is found */
export async function listStores({ stores, folders, listFile }: StoreRequest): Promise<StoreList> {
  if (stores.length === 0 && folders.length === 0 && listFile === undefined) {
    const hint = 'name stores, or where they are by --recursive or --stores-from';
    throw new UsageError('MISSING_ARGUMENT', 'missing argument: STORE', { arguments: ['STORE'] }, hint);
  }
  const finder = new StoreFinder();
  for (const folder of folders) finder.goThrough(entriesOf(requirePath(folder, '--recursive')), folder);
  const listed = listFile === undefined ? [] : await pathsIn(listFile);
  const all = [...new Set([...stores, ...finder.found, ...listed])];
  const { filesSkipped, unread } = finder;
  if (all.length + unread.length > 0) return { stores: all, filesSkipped, unread };
  const where = [...folders, ...(listFile === undefined ? [] : [listFile])];
  throw new CliError('NO_STORES', EXIT.cleanNo, `no store in ${where.join(', ')}`, { facts: { in: where } });
}

async function pathsIn(listFile: string): Promise<string[]> {
  const text = Buffer.from(await readAll(listFile, LIST_BYTES_MAX)).toString();
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return lines.map((line) => requirePath(line, 'a path in --stores-from'));
}

/** Goes through folders. Links to files are followed, those to folders are not. */
class StoreFinder {
  readonly found: string[] = [];
  readonly unread: { readonly path: string; readonly error: CliError }[] = [];
  filesSkipped = 0;

  goThrough(entries: readonly Entry[], folder: string): void {
    for (const { name, isFolder } of entries) {
      const path = join(folder, name);
      if (isFolder) this.#enter(path);
      else if (isFile(path)) this.#look(path, name);
    }
  }

  #enter(folder: string): void {
    let entries: Entry[];
    try {
      entries = entriesOf(folder);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.unread.push({ path: folder, error });
      return;
    }
    this.goThrough(entries, folder);
  }

  #look(path: string, name: string): void {
    if (STORE_NAME.test(name) || hasSigns(path)) this.found.push(path);
    else this.filesSkipped += 1;
  }
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

function entriesOf(folder: string): Entry[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw fileError(error, folder);
  }
}

/** A link that leads nowhere, a socket, a pipe: nothing that is opened. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** A file that cannot be read is no store that is known of. */
function hasSigns(path: string): boolean {
  try {
    return looksLikeStore(path);
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}
