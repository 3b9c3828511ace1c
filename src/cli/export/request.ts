/** What the flags of `export` ask for. */
import path from 'node:path';
import { nodeFiles, StoreError, type Steps } from '../../engine/index.js';
import { UsageError } from '../cli-error.js';
import { newDataSet, openDataSet } from './data-set.js';
import type { ExportScope } from './export-store.js';
import { kindOf } from './folders.js';
import { type ExportOutput, outputExists, SingleFile } from './output.js';
import { loadParquetRows } from './parquet-rows.js';
import type { ExportFormat, Representation } from './row-writer.js';
import { csvRows, jsonLinesRows } from './text-rows.js';

export interface ExportRequest extends ExportScope {
  readonly stores: readonly string[];
  readonly output: string;
  readonly as: ExportFormat;
  readonly append: boolean;
  readonly force: boolean;
}

/** Names of files; any other is that of a folder. */
const FILE_NAME = /\.(jsonl|ndjson|csv|parquet)$/i;

/** Loads what writes rows. @throws CliError `PARQUET_UNAVAILABLE` */
export async function representationOf({ as, text }: ExportRequest, release: string): Promise<Representation> {
  if (as === 'parquet') return loadParquetRows(text, release);
  return as === 'csv' ? csvRows(text) : jsonLinesRows;
}

/** Makes the output ready. @throws UsageError, CliError, StoreError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT` */
export function* openOutput(request: ExportRequest, representation: Representation): Steps<ExportOutput> {
  refuseSameStore(request.stores);
  const { output, stores, append, force, as, text, history, table } = request;
  if (isFile(request)) return openFile(request, representation);
  const folder = nodeFiles.resolve(output) ?? path.resolve(output);
  const form = { as, text, history, table };
  const whole = { output, folder, form, stores, representation, isForced: force };
  return append && kindOf(folder) !== 'absent' ? yield* openDataSet(whole) : newDataSet(whole);
}

function isFile({ output, stores, append }: ExportRequest): boolean {
  const kind = kindOf(output);
  if (kind === 'folder' || (kind === 'absent' && !FILE_NAME.test(output))) return false;
  if (append) {
    throw new UsageError('INVALID_VALUE', `--append adds to a data set, and ${output} is a file`, { output });
  }
  if (stores.length === 1) return true;
  const hint = 'name a folder';
  throw new UsageError('INVALID_VALUE', `several stores make a data set, and ${output} is a file`, { output }, hint);
}

function openFile({ output, stores, force }: ExportRequest, representation: Representation): ExportOutput {
  const [store = ''] = stores;
  const target = nodeFiles.resolve(output) ?? nodeFiles.resolveNewPath(output);
  const source = nodeFiles.resolve(store);
  if (source !== undefined && (source === target || isSame(source, target))) {
    const hint = 'choose another name';
    throw new StoreError('OUTPUT_IS_INPUT', `${output} is the store itself`, { path: output, store }, hint);
  }
  if (!force && kindOf(target) !== 'absent') throw outputExists(output);
  return new SingleFile(target, path.basename(store), representation, force);
}

/** @throws UsageError where one store is named twice */
function refuseSameStore(stores: readonly string[]): void {
  const found = new Map<string, string>();
  for (const store of stores) {
    const identity = resolved(store);
    const other = found.get(identity);
    if (other !== undefined) {
      throw new UsageError('STORE_TWICE', `${other} and ${store} are the same store`, { stores: [other, store] });
    }
    found.set(identity, store);
  }
}

/** Which file a store is; one that is not there is told when it is opened. */
function resolved(store: string): string {
  try {
    const target = nodeFiles.resolve(store) ?? path.resolve(store);
    return nodeFiles.identity(target) ?? target;
  } catch (error) {
    if (error instanceof StoreError) return path.resolve(store);
    throw error;
  }
}

function isSame(a: string, b: string): boolean {
  return nodeFiles.identity(a) === nodeFiles.identity(b);
}
