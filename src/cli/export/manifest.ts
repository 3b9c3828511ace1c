/** `_manifest.json`: what of which store is in a data set. It is renamed into place last, and says what counts. */
import { readFileSync } from 'node:fs';
import { CliError, fileError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { type JsonValue, toJson } from '../text/json.js';
import { EXPORT_FORMATS, type ExportFormat } from './row-writer.js';

/** Readers of data sets pass over names that begin with an underscore. */
export const MANIFEST_NAME = '_manifest.json';
/** What the manifest calls its own layout: a later one gets another number. */
const LAYOUT = 1;

/** A file of a data set. */
export interface PartEntry {
  /** Its path in the data set, with slashes. */
  readonly file: string;
  readonly table: bigint;
  /** The position of the export before, which it adds to; null where there was none. */
  readonly since: bigint | null;
  readonly position: bigint;
  readonly rows: number;
  readonly bytes: number;
}

/** What a data set has of a store. */
export interface StoreEntry {
  readonly name: string;
  readonly position: bigint;
  /** The hash of the log at the position, in hex; null where it is not known. */
  readonly hash: string | null;
  /** The content hash at the position, in hex. */
  readonly content: string;
  readonly parts: readonly PartEntry[];
}

/** What all files of a data set have in common: those that are added later, too. */
export interface DataSetForm {
  readonly as: ExportFormat;
  readonly text: boolean;
  readonly history: boolean;
  /** The only table that was asked for; null: all. */
  readonly table: bigint | null;
}

export interface Manifest extends DataSetForm {
  /** The folder below which the stores were: their names are paths from there. */
  readonly folder: string;
  /** By name. */
  readonly stores: readonly StoreEntry[];
}

/** The text of a manifest: a line for each store. */
export function manifestText({ stores, folder, as, text, history, table }: Manifest): string {
  const head = toJson({ layout: LAYOUT, as, text, history, table, folder }).slice(0, -1);
  const lines = stores.map((entry) => toJson(storeJson(entry)));
  return `${head},"stores":[\n${lines.join(',\n')}\n]}\n`;
}

function storeJson({ name, position, hash, content, parts }: StoreEntry): JsonValue {
  return { name, position, hash, content, parts: parts.map((part) => ({ ...part })) };
}

/** Reads a manifest. @throws CliError `MANIFEST_INVALID`, `FILE_NOT_FOUND`, `IO_ERROR` */
export function readManifest(path: string): Manifest {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    return manifestOf(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    const sentence = `${path} is not a manifest that export has written: ${error.message}`;
    throw new CliError('MANIFEST_INVALID', EXIT.refused, sentence, { facts: { path }, cause: error });
  }
}

/** @throws TypeError what is not as it must be */
function manifestOf(value: unknown): Manifest {
  const fields = new Fields(value, 'it');
  if (fields.count('layout') !== LAYOUT) throw new TypeError(`layout ${fields.count('layout')} is not known`);
  const as = EXPORT_FORMATS.find((format) => format === fields.text('as'));
  if (as === undefined) throw new TypeError('"as" is not a format');
  return {
    as,
    text: fields.flag('text'),
    history: fields.flag('history'),
    table: fields.nullable('table', (name) => fields.u64(name)),
    folder: fields.text('folder'),
    stores: fields.list('stores').map(storeOf),
  };
}

function storeOf(value: unknown): StoreEntry {
  const fields = new Fields(value, 'a store');
  return {
    name: fields.text('name'),
    position: fields.u64('position'),
    hash: fields.nullable('hash', (name) => fields.text(name)),
    content: fields.text('content'),
    parts: fields.list('parts').map(partOf),
  };
}

function partOf(value: unknown): PartEntry {
  const fields = new Fields(value, 'a part');
  return {
    file: fields.text('file'),
    table: fields.u64('table'),
    since: fields.nullable('since', (name) => fields.u64(name)),
    position: fields.u64('position'),
    rows: fields.count('rows'),
    bytes: fields.count('bytes'),
  };
}

/** The fields of a JSON object, each with its type. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly what: string,
  ) {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${what} is not an object`);
    this.#fields = { ...value };
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string') throw this.#wrong(name, 'a text');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  count(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== 'number') throw this.#wrong(name, 'a number');
    return value;
  }

  u64(name: string): bigint {
    const value = this.#fields[name];
    if (Number.isSafeInteger(value) || (typeof value === 'string' && /^\d{1,20}$/.test(value))) {
      return BigInt(value as number | string);
    }
    throw this.#wrong(name, 'a 64-bit number');
  }

  list(name: string): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    return value;
  }

  nullable<Value>(name: string, read: (name: string) => Value): Value | null {
    return this.#fields[name] === null ? null : read(name);
  }

  #wrong(name: string, due: string): TypeError {
    return new TypeError(`"${name}" of ${this.what} is not ${due}`);
  }
}
