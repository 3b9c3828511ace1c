/** Events of change data capture: which row of which table of the source has changed, and how. */
import type { WriteOp } from '../../engine/index.js';
import type { JsonFields } from './json-fields.js';
import { badRecord } from './record.js';
import { keyText, objectText } from './row-fields.js';

/** Where the rows of the source's tables are put: each in a table of its own, or all in one. */
type TargetTables = ReadonlyMap<string, bigint> | bigint;

/** What an import tells at its end: what it has passed over. */
export interface SkippedNotes {
  /** Events of tables that the map does not have. */
  unmapped: number;
  /** Rows whose events did not have all columns, because these had not changed. */
  unchangedColumns: number;
}

export class ChangeEvents {
  readonly skipped: SkippedNotes = { unmapped: 0, unchangedColumns: 0 };
  /** The columns of each table of the source, as far as they were told. */
  readonly #columns = new Map<string, readonly string[]>();

  /**
   * @param tables with one table for all, the names of those of the source are in front of the keys
   * @param key fields that are the key, whatever the events say
   */
  constructor(
    private readonly tables: TargetTables,
    private readonly key: readonly string[] | undefined,
  ) {}

  /**
   * A row is there, with these fields, and under its old key, where that is another, no longer. What the event does not
   * have of it has not changed.
   */
  upsert(
    source: string,
    fields: JsonFields,
    old: JsonFields | undefined,
    eventKey: readonly string[] | undefined,
    line: number,
  ): WriteOp[] {
    const table = this.#tableOf(source);
    if (table === undefined) return [];
    const names = this.#keyNames(eventKey, source, line);
    const key = this.#keyOf(source, fields, names, line);
    const missing = Object.entries(old ?? {}).filter(([name]) => !(name in fields));
    const value = Buffer.from(objectText({ ...fields, ...Object.fromEntries(missing) }, []));
    const put: WriteOp = { kind: 'put', table, key, value };
    const oldKey = old === undefined || !hasAll(old, names) ? key : this.#keyOf(source, old, names, line);
    return oldKey.equals(key) ? [put] : [{ kind: 'delete', table, key: oldKey }, put];
  }

  /** A row that is inserted has all columns of its table. */
  noteColumns(source: string, fields: JsonFields): void {
    this.#columns.set(source, Object.keys(fields));
  }

  /** Counts an event of a row that is updated without columns that its table has. */
  countMissing(source: string, fields: JsonFields, old: JsonFields | undefined): void {
    const isMissing = (name: string) => !(name in fields) && !(old !== undefined && name in old);
    if (this.#columns.get(source)?.some(isMissing) === true && this.#hasTable(source)) this.skipped.unchangedColumns++;
  }

  remove(source: string, old: JsonFields, eventKey: readonly string[] | undefined, line: number): WriteOp[] {
    const table = this.#tableOf(source);
    if (table === undefined) return [];
    return [{ kind: 'delete', table, key: this.#keyOf(source, old, this.#keyNames(eventKey, source, line), line) }];
  }

  truncate(source: string, line: number): WriteOp[] {
    if (typeof this.tables === 'bigint') {
      const hint = `give each table of the source a table of the store: --map ${source}=ID`;
      throw badRecord(line, `${source} is truncated, and shares its table with others`, { source }, hint);
    }
    const table = this.#tableOf(source);
    return table === undefined ? [] : [{ kind: 'purge', table }];
  }

  #tableOf(source: string): bigint | undefined {
    const { tables } = this;
    const found = typeof tables === 'bigint' ? tables : tables.get(source);
    if (found === undefined) this.skipped.unmapped++;
    return found;
  }

  #hasTable(source: string): boolean {
    return typeof this.tables === 'bigint' || this.tables.has(source);
  }

  #keyNames(eventKey: readonly string[] | undefined, source: string, line: number): readonly string[] {
    const names = this.key ?? eventKey;
    if (names !== undefined && names.length > 0) return names;
    const hint = 'name its fields with --key';
    throw badRecord(line, `the event does not say what the key of ${source} is`, { source }, hint);
  }

  #keyOf(source: string, fields: JsonFields, names: readonly string[], line: number): Buffer {
    const key = keyText(fields, names, line);
    return Buffer.from(typeof this.tables === 'bigint' ? `${source}:${key}` : key);
  }
}

function hasAll(fields: JsonFields, names: readonly string[]): boolean {
  return names.every((name) => fields[name] !== undefined && fields[name] !== null);
}
