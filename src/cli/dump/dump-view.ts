/** The three forms of a dump, and the notes and problems that come with it. */
import { type FileInspection, nameOfValue, type Part } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { escapeControls } from '../text/escape.js';
import type { Paint } from '../output/paint.js';
import { byteLines } from './bytes.js';
import { fieldLines } from './fields.js';
import { counted } from './values.js';

/** A page as text: what it is, its fields or its bytes, what is wrong with it. */
export function* dumpLines(
  inspection: FileInspection,
  path: string,
  { hex, paint, columns }: { readonly hex: boolean; readonly paint: Paint; readonly columns?: number | undefined },
): Generator<string> {
  const { copy } = inspection;
  for (const shown of copy === undefined ? [inspection] : [inspection, { ...inspection, ...copy }]) {
    yield paint('heading', titleOf(shown, path));
    yield* hex ? byteLines(shown, paint) : fieldLines(shown, paint, columns);
    const { problems } = shown;
    if (problems.length > 0) yield paint('problem', counted(problems.length, 'problem'));
    for (const { offset, code, message } of problems) yield `${offset.toString().padStart(4)}: ${code}: ${message}`;
  }
}

export interface Note {
  readonly code: string;
  readonly message: string;
}

/** What readers of the dump should know about the file, as notes. */
export function* dumpNotes(
  { isStore, journal, foreignFile, isCopyUsed, isFree, page }: FileInspection,
  path: string,
): Generator<Note> {
  if (journal) {
    const message = `a journal applies to ${path}: this is what the file itself holds, not what readers of the store see`;
    yield { code: 'JOURNAL_OVER_STORE', message };
  }
  if (isFree) {
    const message = `page ${page} of ${path} is free: what is in it means nothing, and commits to come write over it`;
    yield { code: 'PAGE_FREE', message };
  }
  if (foreignFile !== undefined) yield { code: foreignFile.code, message: foreignFile.message };
  if (isCopyUsed && !journal) {
    const message = `page 0 of ${path} is damaged or outdated: readers of the store go by the copy of it in page 1`;
    yield { code: 'SUPERBLOCK_COPY_USED', message };
  } else if (!isStore && page > 0) {
    const message = `${path} does not begin as a store does: this is how the page would read in one`;
    yield { code: 'NOT_A_STORE', message };
  }
}

/** The clean no of a dump that shows something wrong; `undefined` for a sound page. */
export function problemsFound(
  { problems: own, page, copy, isCopyUsed }: FileInspection,
  path: string,
): CliError | undefined {
  const problems = [...own, ...(copy?.problems ?? [])];
  const [first] = problems;
  if (first === undefined) return undefined;
  const { code, message, offset, expected, found } = first;
  const noStore = !isCopyUsed && (code === 'superblock-magic' || code === 'superblock-truncated');
  const location = page > 0 ? `page ${page} of ${path}` : noStore ? `${path} is not a store` : path;
  const more = problems.length === 1 ? '' : ` (the first of ${problems.length} problems)`;
  const facts = { path, page, problems: problems.length, fault: code, offset, expected, found };
  return new CliError('PROBLEMS_FOUND', EXIT.cleanNo, `${location}: ${message}${more}`, { facts });
}

/** `page 1 of store.kmb (2 pages, 8192 bytes): leaf, 4 items, 3910 bytes free, 0 stale`. */
function titleOf(inspection: FileInspection, path: string): string {
  const { kind, page, filePages, fileBytes, parts } = inspection;
  const superblock = page === 0 ? 'superblock' : `copy of the superblock in page ${page}`;
  const what = kind === 'superblock' ? superblock : `page ${page}`;
  const file = `${escapeControls(path)} (${counted(filePages, 'page')}, ${counted(fileBytes, 'byte')})`;
  const content = kind === 'page' ? `: ${pageSummary(parts)}` : '';
  return `${what} of ${file}${content}`;
}

/** What is in a page, as far as it could be read. */
function pageSummary(parts: readonly Part[]): string {
  const typeField = parts[0]?.fields.find(({ field }) => field.name === 'type');
  const type = (typeField && nameOfValue(typeField.field, typeField.value)) ?? 'unknown type';
  const value = parts.find(({ kind }) => kind === 'value');
  if (value !== undefined) return `${type}${valueSummary(value)}`;
  const items = parts.filter(({ kind }) => kind === 'item').length;
  const bytesOf = (wanted: Part['kind']): number =>
    parts.reduce((sum, { kind, size }) => (kind === wanted ? sum + size : sum), 0);
  return `${type}, ${counted(items, 'item')}, ${counted(bytesOf('free'), 'byte')} free, ${bytesOf('stale')} stale`;
}

/** `, page 0 of 25, 100000 bytes in all`. */
function valueSummary({ fields }: Part): string {
  const [ordinal, length] = fields.map(({ value }) => value);
  if (ordinal === undefined || length === undefined) return '';
  return `, page ${ordinal.toString()} of its value, ${counted(Number(length), 'byte')} in all`;
}
