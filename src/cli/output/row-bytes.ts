/** Rows of a scan as bytes: the same lines as `versions-view.ts` makes, for programs that read many of them. */
import type { LentRow } from '../../engine/index.js';
import { u64Json } from '../text/json.js';
import { ByteText, JsonName } from './byte-text.js';

/** Which parts of a row are written, and how. */
export interface RowForm {
  readonly json: boolean;
  /** Text rows begin with the position that wrote them. */
  readonly positions: boolean;
  /** Text rows have the table in front of the key. */
  readonly tableIds: boolean;
  readonly keysOnly: boolean;
  /** What ends a text row. */
  readonly terminator: string;
}

const KEY = new JsonName('key');
const VALUE = new JsonName('value');
const TAB = Buffer.from('\t');
const COMMA = Buffer.from(',');
const CREATED_AT = Buffer.from(',"createdAt":');
const DELETED_AT = Buffer.from(',"deletedAt":');
const CURRENT_END = Buffer.from(',"deletedAt":null}\n');

/** Writes rows of one table after the other into text. */
export class RowBytes {
  readonly text = new ByteText();
  readonly #terminator: Uint8Array;
  #table: Uint8Array = Buffer.alloc(0);
  /** How many rows there were. */
  count = 0;

  constructor(private readonly form: RowForm) {
    this.#terminator = Buffer.from(form.terminator);
  }

  /** The table that the next rows are of. */
  beginTable(id: bigint): void {
    this.#table = Buffer.from(this.form.json ? `{"table":${u64Json(id)},` : `${id}\t`);
  }

  add(row: LentRow): boolean {
    this.count += 1;
    if (this.form.json) this.#addJson(row);
    else this.#addText(row);
    return !this.text.isFull;
  }

  #addText(row: LentRow): void {
    const { text, form } = this;
    if (form.positions) this.#addPosition(row);
    if (form.tableIds) text.addBytes(this.#table);
    text.addEscaped(row.key, row.keyStart, row.keyLength);
    if (!form.keysOnly) {
      text.addBytes(TAB);
      text.addEscaped(row.value, row.valueStart, row.valueLength);
    }
    text.addBytes(this.#terminator);
  }

  #addPosition(row: LentRow): void {
    const { since } = row;
    if (since >= 0) this.text.addNumber(since);
    else this.text.add(row.lifetime().createdAt.toString());
    this.text.addBytes(TAB);
  }

  #addJson(row: LentRow): void {
    const { text, form } = this;
    text.addBytes(this.#table);
    text.addField(KEY, row.key, row.keyStart, row.keyLength);
    if (!form.keysOnly) {
      text.addBytes(COMMA);
      text.addField(VALUE, row.value, row.valueStart, row.valueLength);
    }
    text.addBytes(CREATED_AT);
    const { since } = row;
    if (since >= 0) {
      text.addNumber(since);
      text.addBytes(CURRENT_END);
    } else this.#addLifetime(row.lifetime());
  }

  #addLifetime({ createdAt, deletedAt }: ReturnType<LentRow['lifetime']>): void {
    const { text } = this;
    text.add(u64Json(createdAt));
    if (deletedAt === null) text.addBytes(CURRENT_END);
    else {
      text.addBytes(DELETED_AT);
      text.add(`${u64Json(deletedAt)}}\n`);
    }
  }
}
