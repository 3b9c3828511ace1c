/** Rows as Parquet, in row groups of bounded size. The package that writes it is loaded when it is asked for. */
import type * as Hyparquet from 'hyparquet-writer';
import type { TableVersion } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import type { AboutFile, Representation, RowWriter } from './row-writer.js';
import type { StagedFile } from './staged-file.js';

type Library = Pick<typeof Hyparquet, 'ByteWriter' | 'ParquetWriter'>;

/** A row group is written when it has so many rows, or bytes of keys and values: all of it is in memory until then. */
const GROUP_ROWS_MAX = 65_536;
const GROUP_BYTES_MAX = 8 * 1024 * 1024;

const BYTES = { type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' } as const;
const TEXT = { ...BYTES, converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
// Not as a logical type: the package writes the width of one so that DuckDB takes the file for damaged.
const U64 = { type: 'INT64', converted_type: 'UINT_64' } as const;

/**
 * Loads what writes Parquet.
 *
 * @param release of this software, which wrote the file
 * @param load for tests
 * @throws CliError `PARQUET_UNAVAILABLE`
 */
export async function loadParquetRows(
  isText: boolean,
  release: string,
  load: () => Promise<Library> = () => import('hyparquet-writer'),
): Promise<Representation> {
  const library = await load().catch((error: unknown) => {
    throw isAbsent(error) ? unavailable(error) : error;
  });
  return { format: 'parquet', begin: (file, about) => new ParquetRows(library, file, about, { isText, release }) };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code));
}

function unavailable(cause: unknown): CliError {
  const sentence = 'the package hyparquet-writer, which writes Parquet, is not installed';
  const hint = 'npm install hyparquet-writer where kmb-store is installed, or --as csv or jsonl';
  return new CliError('PARQUET_UNAVAILABLE', EXIT.system, sentence, { hint, cause });
}

/** A row group that is being gathered, by columns. */
class Group {
  readonly tables: bigint[] = [];
  readonly keys: Uint8Array[] = [];
  readonly values: Uint8Array[] = [];
  readonly created: bigint[] = [];
  readonly deleted: (bigint | null)[] = [];
  #bytes = 0;

  add(table: bigint, { key, value, createdAt, deletedAt }: TableVersion): void {
    this.tables.push(table);
    this.keys.push(key);
    this.values.push(value);
    this.created.push(createdAt);
    this.deleted.push(deletedAt);
    this.#bytes += key.length + value.length;
  }

  get isFull(): boolean {
    return this.keys.length >= GROUP_ROWS_MAX || this.#bytes >= GROUP_BYTES_MAX;
  }
}

class ParquetRows implements RowWriter {
  readonly #parquet: Hyparquet.ParquetWriter;
  readonly #hasTables: boolean;
  #group = new Group();

  constructor(
    library: Library,
    file: StagedFile,
    about: AboutFile,
    { isText, release }: { readonly isText: boolean; readonly release: string },
  ) {
    this.#hasTables = about.hasTableColumn;
    this.#parquet = new library.ParquetWriter({
      writer: writerTo(file, library),
      schema: schemaOf(this.#hasTables, isText),
      kvMetadata: metadataOf(about),
      // Readers believe the minima and maxima of bytes only of a writer that names itself like this.
      createdBy: `kmb-store version ${release}`,
    });
  }

  add(table: bigint, row: TableVersion): boolean {
    this.#group.add(table, row);
    if (!this.#group.isFull) return false;
    this.#writeGroup();
    return true;
  }

  end(): void {
    if (this.#group.keys.length > 0) this.#writeGroup();
    void this.#parquet.finish();
  }

  #writeGroup(): void {
    const { tables, keys, values, created, deleted } = this.#group;
    this.#group = new Group();
    const columnData = [
      ...(this.#hasTables ? [{ name: 'table', data: tables }] : []),
      { name: 'key', data: keys },
      { name: 'value', data: values },
      { name: 'created_at', data: created },
      { name: 'deleted_at', data: deleted },
    ];
    // The writer below is synchronous, so this is done when it returns.
    void this.#parquet.write({ columnData, rowGroupSize: keys.length });
  }
}

/** A buffer that is emptied into the file after each row group. */
function writerTo(file: StagedFile, { ByteWriter }: Library): Hyparquet.Writer {
  const bytes = new ByteWriter(1024 * 1024);
  const flush = (): void => {
    file.write(bytes.getBytes());
    bytes.index = 0;
  };
  return Object.assign(bytes, { flush, finish: flush });
}

function schemaOf(hasTables: boolean, isText: boolean): Hyparquet.SchemaElement[] {
  const content = isText ? TEXT : BYTES;
  const columns: Hyparquet.SchemaElement[] = [
    ...(hasTables ? [{ ...U64, name: 'table', repetition_type: 'REQUIRED' as const }] : []),
    { ...content, name: 'key' },
    { ...content, name: 'value' },
    { ...U64, name: 'created_at', repetition_type: 'REQUIRED' },
    { ...U64, name: 'deleted_at', repetition_type: 'OPTIONAL' },
  ];
  return [{ name: 'versions', num_children: columns.length }, ...columns];
}

function metadataOf({ store, table, position, since, hash, content }: AboutFile): Hyparquet.KeyValue[] {
  const facts = { store, table, position, since, hash, content };
  return Object.entries(facts)
    .filter(([, fact]) => fact !== null)
    .map(([name, fact]) => ({ key: `kmb-store.${name}`, value: String(fact) }));
}
