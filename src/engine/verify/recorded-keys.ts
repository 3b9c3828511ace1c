/** How many keys tables record, and which of them have fewer that can be reached. */

/** A table of which not all keys could be reached. */
export interface ShortTable {
  readonly table: bigint;
  /** Those that were reached, and those that the table counts. */
  readonly keys: number;
  readonly keysRecorded: number;
}

export class RecordedKeys {
  /** Tables that the store counts, and whose records cannot be read. */
  tablesMissing = 0;
  readonly short: ShortTable[] = [];
  #total: number | undefined;

  /** @param shortMax how many short tables are kept */
  constructor(private readonly shortMax: number) {}

  /** All tables together; null where not all of them are known, or nothing is recorded. */
  get total(): number | null {
    return this.tablesMissing > 0 ? null : (this.#total ?? null);
  }

  /** The store records what its tables have, be there any or none. */
  begin(): void {
    this.#total ??= 0;
  }

  note({ table, keys, keysRecorded }: ShortTable): void {
    this.#total = (this.#total ?? 0) + keysRecorded;
    if (keys < keysRecorded && this.short.length < this.shortMax) this.short.push({ table, keys, keysRecorded });
  }
}
