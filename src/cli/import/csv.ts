/** Rows of a CSV file, whose first record names the columns. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import type { CliError } from '../cli-error.js';
import type { Input } from '../input/input.js';
import { unpackedText } from '../input/unpack.js';
import { badRecord, type ImportedRecord } from './record.js';
import { type FieldChoice, operationOf } from './row-fields.js';
import { checkedUtf8 } from './utf8.js';

const RECORD_BYTES_MAX = 256 * 1024 * 1024;

/** A record as the parser gives it; `lines` is the one that it ends on. */
interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Pick<InfoRecord, 'lines'>;
}

/**
 * Reads a CSV file (RFC 4180; LF or CRLF, a byte order mark is passed over).
 *
 * @param onBytes is told how many bytes have been read
 * @throws CliError `INVALID_RECORD`
 */
export async function* csvRecords(
  input: Input,
  choice: FieldChoice,
  delimiter: string,
  onBytes: (bytesRead: number) => void,
): AsyncGenerator<ImportedRecord> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES_MAX,
  });
  const fed = pipeline(Readable.from(checkedUtf8(unpackedText(input).chunks(), onBytes)), parser);
  // The parser throws the same.
  fed.catch(() => undefined);
  const lines = new Lines();
  try {
    let columns: Columns | undefined;
    for await (const csvRecord of parser as AsyncIterable<CsvRecord>) {
      const { record } = csvRecord;
      const line = lines.next;
      if (columns === undefined) columns = new Columns(record, choice, line);
      else yield { line, operations: [operationOf(columns.fieldsOf(record, line), choice, line)] };
      lines.pass(csvRecord);
    }
  } catch (error) {
    throw error instanceof CsvError ? badCsv(error, lines) : error;
  } finally {
    parser.destroy();
  }
}

/** The lines that records begin on. The parser counts CRLF inside of a field twice. */
class Lines {
  /** The line that the next record begins on. */
  next = 1;
  #countedTwice = 0;

  /** A record has come. */
  pass({ record, info }: CsvRecord): void {
    if (this.real(info.lines) > this.next) {
      this.#countedTwice += record.reduce((count, field) => count + field.split('\r\n').length - 1, 0);
    }
    this.next = this.real(info.lines) + 1;
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
