/**
 * A data set: a folder with a file, or several, for each table of each store, and a manifest.
 *
 *     store=NAME/table=ID/part-N.EXTENSION
 *     _manifest.json
 *
 * A new one is made in a folder of another name beside it, which is renamed when it is complete. What is added to one
 * gets temporary names in it; at the end the files get their own, and the manifest is replaced last. A crash in between
 * leaves parts that the manifest does not have: the next who adds something removes them.
 */
import path from 'node:path';
import { nodeFiles, type Steps } from '../../engine/index.js';
import { WriterLock } from '../../engine/lock/writer-lock.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { filesBelow, kindOf, makeFolder, removeEmpty, removeFolder, renameFolder } from './folders.js';
import {
  type DataSetForm,
  type Manifest,
  MANIFEST_NAME,
  manifestText,
  type PartEntry,
  readManifest,
  type StoreEntry,
} from './manifest.js';
import { commonFolder, encodeName, storeName } from '../many/store-names.js';
import { type AboutStore, type ExportOutput, outputExists, type StoreOutput } from './output.js';
import type { Representation } from './row-writer.js';
import { isTemporaryName, StagedFile, temporaryPath } from './staged-file.js';

const LOCK_TIMEOUT_MS = 5000;
/** Files of a data set, from its folder. */
const PART = /^store=[^/]+\/table=\d+\/(part-\d+\.\w+|\.part-\d+\.\w+\.\d+\.tmp)$/;
const OWN = new RegExp(`${PART.source}|^${MANIFEST_NAME.replace('.', '\\.')}(-lock.*)?$`);

export interface DataSetRequest {
  /** As it was given. */
  readonly output: string;
  /** The same as an absolute path, links followed. */
  readonly folder: string;
  readonly form: DataSetForm;
  readonly stores: readonly string[];
  readonly representation: Representation;
  readonly isForced: boolean;
}

/** Begins a data set that is not there, or with `isForced` one that takes the place of another. */
export function newDataSet(request: DataSetRequest): DataSet {
  const { output, folder, isForced, form, stores } = request;
  if (kindOf(folder) !== 'absent') {
    if (!isForced) throw outputExists(output);
    refuseForeign(output);
  }
  const root = temporaryPath(folder);
  removeFolder(root);
  makeFolder(root);
  return new DataSet(request, root, { ...form, folder: commonFolder(stores), stores: [] }, undefined);
}

/** Begins to add to a data set: it is locked until that is published or discarded. */
export function* openDataSet(request: DataSetRequest): Steps<DataSet> {
  const { output, folder, form, stores } = request;
  const manifestPath = path.join(folder, MANIFEST_NAME);
  if (kindOf(manifestPath) !== 'file') throw notOurs(output, `it has no ${MANIFEST_NAME}`);
  const lock = yield* WriterLock.acquire(nodeFiles, manifestPath, LOCK_TIMEOUT_MS);
  try {
    const manifest = readManifest(path.join(output, MANIFEST_NAME));
    refuseOtherForm(output, manifest, form);
    removeUnlisted(folder, manifest);
    const names = stores.map((store) => storeName(manifest.folder, store));
    // It may be elsewhere now, with its stores.
    const isMoved = names.every((name) => name === undefined);
    return new DataSet(request, folder, isMoved ? { ...manifest, folder: commonFolder(stores) } : manifest, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

export class DataSet implements ExportOutput {
  readonly #entries: Map<string, StoreEntry>;
  readonly #staged: StagedFile[] = [];
  readonly #madeFolders: string[] = [];
  #isDone = false;

  /** @param root where files are written: the data set, or what is to be it */
  constructor(
    private readonly request: DataSetRequest,
    private readonly root: string,
    private readonly manifest: Manifest,
    private readonly lock: WriterLock | undefined,
  ) {
    this.#entries = new Map(manifest.stores.map((entry) => [entry.name, entry]));
  }

  nameOf(store: string): string {
    const name = storeName(this.manifest.folder, store);
    if (name !== undefined) return name;
    const { folder } = this.manifest;
    const sentence = `${store} is not below ${folder}, from where the data set names its stores`;
    const hint = 'export all stores to a new folder';
    throw new CliError('EXPORT_DIFFERS', EXIT.refused, sentence, { facts: { path: store, folder }, hint });
  }

  before(name: string): StoreEntry | undefined {
    return this.#entries.get(name);
  }

  begin(about: AboutStore): StoreOutput {
    const parts: PartEntry[] = [];
    const files: StagedFile[] = [];
    let end = (_table: bigint, _rows: number): void => {};
    return {
      beginTable: (table) => {
        const file = this.#partOf(about.store, table);
        const staged = new StagedFile(this.#make(file));
        files.push(staged);
        this.#staged.push(staged);
        const writer = this.request.representation.begin(staged, { ...about, table, hasTableColumn: false });
        end = (_table, rows) => {
          writer.end();
          staged.end();
          parts.push({ file, table, since: about.since, position: about.position, rows, bytes: staged.bytes });
        };
        return writer;
      },
      endTable: (table, rows) => {
        end(table, rows);
      },
      end: () => parts,
      discard: () => {
        for (const file of files) this.#discardFile(file);
      },
    };
  }

  take(entry: StoreEntry): void {
    this.#entries.set(entry.name, entry);
  }

  publish(): void {
    for (const staged of this.#staged) staged.publish(false);
    const folders = new Set<string>();
    for (const { target } of this.#staged) {
      for (let each = path.dirname(target); each !== path.dirname(this.root); each = path.dirname(each))
        folders.add(each);
    }
    for (const folder of folders) nodeFiles.syncDirectory(path.join(folder, MANIFEST_NAME));
    this.#writeManifest();
    if (this.root !== this.request.folder) this.#putInPlace();
    nodeFiles.syncDirectory(this.request.folder);
    this.#staged.length = 0;
    this.#isDone = true;
    this.lock?.release();
  }

  discard(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const staged of this.#staged) staged.discard();
    if (this.root === this.request.folder) removeEmpty(this.#madeFolders.toReversed());
    else removeFolder(this.root);
    this.lock?.release();
  }

  #writeManifest(): void {
    const stores = [...this.#entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const file = new StagedFile(path.join(this.root, MANIFEST_NAME));
    this.#staged.push(file);
    file.write(Buffer.from(manifestText({ ...this.manifest, stores })));
    file.end();
    file.publish(true);
    nodeFiles.syncDirectory(file.target);
  }

  /** Gives the new data set its name. One that is there gets another before, and is removed after. */
  #putInPlace(): void {
    const { output, folder, isForced } = this.request;
    const replaced = `${this.root}.old`;
    const isReplacing = isForced && renameIfThere(folder, replaced);
    if (!renameFolder(this.root, folder)) {
      if (isReplacing) renameFolder(replaced, folder);
      throw outputExists(output);
    }
    if (isReplacing) removeFolder(replaced);
  }

  /** The path of a new part of a table. */
  #partOf(name: string, table: bigint): string {
    const before = this.#entries.get(name)?.parts.filter((part) => part.table === table) ?? [];
    const { format } = this.request.representation;
    return `store=${encodeName(name)}/table=${table}/part-${before.length}.${format}`;
  }

  /** Makes the folder of a part; gives its path. */
  #make(file: string): string {
    const target = path.join(this.root, file);
    const folder = path.dirname(target);
    for (const each of [path.dirname(folder), folder]) {
      if (kindOf(each) !== 'absent') continue;
      makeFolder(each);
      this.#madeFolders.push(each);
    }
    return target;
  }

  #discardFile(file: StagedFile): void {
    file.discard();
    this.#staged.splice(this.#staged.indexOf(file), 1);
    const folder = path.dirname(file.target);
    removeEmpty([folder, path.dirname(folder)]);
  }
}

function renameIfThere(from: string, to: string): boolean {
  return kindOf(from) !== 'absent' && renameFolder(from, to);
}

/** @throws CliError where something in the folder is not of a data set: nobody wants that to be replaced */
function refuseForeign(folder: string): void {
  if (kindOf(folder) !== 'folder') throw notOurs(folder, 'it is a file');
  if (kindOf(path.join(folder, MANIFEST_NAME)) !== 'file') throw notOurs(folder, `it has no ${MANIFEST_NAME}`);
  const foreign = filesBelow(folder).find((file) => !OWN.test(file));
  if (foreign !== undefined) throw notOurs(folder, `it has ${foreign}`);
}

function notOurs(folder: string, reason: string): CliError {
  const sentence = `${folder} is not a data set that export has made: ${reason}`;
  const facts = { path: folder, reason };
  return new CliError('OUTPUT_FOREIGN', EXIT.refused, sentence, { facts, hint: 'choose another name' });
}

/** What is added must be like what is there. */
function refuseOtherForm(folder: string, manifest: DataSetForm, form: DataSetForm): void {
  for (const name of ['as', 'text', 'history', 'table'] as const) {
    if (manifest[name] === form[name]) continue;
    const [there, asked] = [manifest[name], form[name]].map((value) => value ?? 'not given');
    const sentence = `${folder} was exported with another --${name}: ${String(there)}, not ${String(asked)}`;
    const hint = 'add to it with the flags of the first time, or export to a new folder';
    throw new CliError('EXPORT_DIFFERS', EXIT.refused, sentence, { facts: { path: folder, flag: name }, hint });
  }
}

/** What a crash has left: temporary files, and parts that no manifest has ever named. */
function removeUnlisted(folder: string, { stores }: Manifest): void {
  const listed = new Set(stores.flatMap(({ parts }) => parts.map(({ file }) => file)));
  for (const file of filesBelow(folder)) {
    const isLeftOver = PART.test(file) ? !listed.has(file) : isTemporaryName(file);
    if (isLeftOver) nodeFiles.unlink(path.join(folder, file));
  }
}
