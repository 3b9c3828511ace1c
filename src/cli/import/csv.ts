/** Rows of a CSV file, whose first record names the columns. */
import { CsvError, Parser } from 'csv-parse';
import type { CliError } from '../cli-error.js';
import type { Input } from '../input/input.js';
import { unpackedText } from '../input/unpack.js';
import { badRecord, type ImportedRecord } from './record.js';
import { type FieldChoice, operationOf } from './row-fields.js';
import { checkedUtf8 } from './utf8.js';

const RECORD_BYTES_MAX = 256 * 1024 * 1024;
/** Text that is parsed at once, in a few milliseconds. */
const BLOCK_BYTES = 64 * 1024;

/** A record as the parser gives it, and the line that it ends on. */
interface CsvRecord {
  readonly record: readonly string[];
  readonly endLine: number;
}

/**
 * Reads a CSV file (RFC 4180; LF or CRLF, a byte order mark is passed over). Records come in blocks: one by one they
 * would take twice the time.
 *
 * @param onBytes is told how many bytes have been read
 * @throws CliError `INVALID_RECORD`
 */
export async function* csvRecords(
  input: Input,
  choice: FieldChoice,
  delimiter: string,
  onBytes: (bytesRead: number) => void,
): AsyncGenerator<Iterable<ImportedRecord>> {
  const parser = new BlockParser(delimiter);
  const reader = new RecordReader(choice);
  for await (const chunk of checkedUtf8(unpackedText(input).chunks(), onBytes)) {
    for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
      yield reader.read(await parser.parse(chunk.subarray(start, start + BLOCK_BYTES)));
    }
  }
  yield reader.read(await parser.finish());
}

/** Gives the records of one piece of text after the other. */
class BlockParser extends Parser {
  #records: CsvRecord[] = [];

  constructor(delimiter: string) {
    super({
      bom: true,
      delimiter,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_BYTES_MAX,
    });
    // Whoever has a piece parsed is told.
    this.on('error', () => undefined);
  }

  /** Takes a record instead of queueing it for a reader. */
  override push(record: readonly string[] | null): boolean {
    if (record !== null) this.#records.push({ record, endLine: this.info.lines });
    return true;
  }

  /** The records that end in this piece, and what is wrong behind them. */
  parse(piece: Buffer): Promise<ParsedBlock> {
    return this.#block((done) => void this.write(piece, done));
  }

  /** The record that ends with the text. */
  finish(): Promise<ParsedBlock> {
    return this.#block((done) => {
      this._flush(done);
    });
  }

  async #block(work: (done: (error?: Error | null) => void) => void): Promise<ParsedBlock> {
    const failure = await new Promise<Error | undefined>((resolve) => {
      work((error) => {
        resolve(error ?? undefined);
      });
    });
    const records = this.#records;
    this.#records = [];
    return { records, failure };
  }
}

interface ParsedBlock {
  readonly records: readonly CsvRecord[];
  readonly failure: Error | undefined;
}

/** Reads records, the first of which names the columns. */
class RecordReader {
  readonly #lines = new Lines();
  #columns: Columns | undefined;

  constructor(private readonly choice: FieldChoice) {}

  *read({ records, failure }: ParsedBlock): Generator<ImportedRecord> {
    for (const csvRecord of records) {
      const line = this.#lines.next;
      if (this.#columns === undefined) this.#columns = new Columns(csvRecord.record, this.choice, line);
      else yield { line, operations: [operationOf(this.#columns.fieldsOf(csvRecord.record, line), this.choice, line)] };
      this.#lines.pass(csvRecord);
    }
    if (failure !== undefined) throw failure instanceof CsvError ? badCsv(failure, this.#lines) : failure;
  }
}

/** The lines that records begin on. The parser counts CRLF inside of a field twice. */
class Lines {
  /** The line that the next record begins on. */
  next = 1;
  #countedTwice = 0;

  /** A record has come. */
  pass({ record, endLine }: CsvRecord): void {
    if (this.real(endLine) > this.next) {
      this.#countedTwice += record.reduce((count, field) => count + field.split('\r\n').length - 1, 0);
    }
    this.next = this.real(endLine) + 1;
  }

  /** What the parser means by a line. */
  real(line: number): number {
    return line - this.#countedTwice;
  }
}

/** The columns of a file. */
class Columns {
  constructor(
    private readonly names: readonly string[],
    { key, value, deleteWhen }: FieldChoice,
    line: number,
  ) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw badRecord(line, `two columns are named ${twice}`, { field: twice });
    const needed = [...key, ...(value === undefined ? [] : [value]), ...(deleteWhen ? [deleteWhen.field] : [])];
    const missing = needed.find((name) => !names.includes(name));
    if (missing === undefined) return;
    const hint = `its columns are ${names.join(', ')}`;
    throw badRecord(line, `there is no column ${missing}`, { field: missing, columns: names }, hint);
  }

  fieldsOf(record: readonly string[], line: number): Readonly<Record<string, string>> {
    const { names } = this;
    if (record.length !== names.length) {
      const facts = { fields: record.length, columns: names.length };
      throw badRecord(line, `it has ${record.length} fields, and there are ${names.length} columns`, facts);
    }
    return Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']));
  }
}

function badCsv(error: CsvError, lines: Lines): CliError {
  const line = typeof error['lines'] === 'number' ? lines.real(error['lines']) : 1;
  return badRecord(line, `it is no CSV: ${error.message}`, { csv: error.code });
}
