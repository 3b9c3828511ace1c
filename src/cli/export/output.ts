/** Where an export goes: one file, or a data set. Nothing of it is seen before `publish`. */
import { nodeFiles, StoreError } from '../../engine/index.js';
import type { PartEntry, StoreEntry } from './manifest.js';
import type { AboutFile, Representation, RowWriter } from './row-writer.js';
import { StagedFile } from './staged-file.js';

/** What all files of a store say. */
export type AboutStore = Omit<AboutFile, 'table' | 'hasTableColumn'>;

/** Where the rows of one store go. */
export interface StoreOutput {
  /** What takes the rows of the next table. */
  beginTable(table: bigint): RowWriter;
  /** All rows of the table have come. */
  endTable(table: bigint, rows: number): void;
  /** All tables have come: the files that there are. */
  end(): readonly PartEntry[];
  /** Removes what was written. */
  discard(): void;
}

export interface ExportOutput {
  /** What a store is called. @throws CliError where it cannot have a name */
  nameOf(store: string): string;
  /** What is there of a store already. */
  before(name: string): StoreEntry | undefined;
  /** @param tables that the store has, of those that were asked for */
  begin(about: AboutStore, tables: readonly bigint[]): StoreOutput;
  /** The store is exported. */
  take(entry: StoreEntry): void;
  /** Puts everything in place. */
  publish(): void;
  /** Removes what was written and is not in place. */
  discard(): void;
}

/** One store in one file, whose rows say of which table they are where there are several. */
export class SingleFile implements ExportOutput {
  #file: StagedFile | undefined;

  constructor(
    private readonly path: string,
    private readonly name: string,
    private readonly representation: Representation,
    private readonly isForced: boolean,
  ) {}

  nameOf(): string {
    return this.name;
  }

  before(): undefined {
    return undefined;
  }

  begin(about: AboutStore, tables: readonly bigint[]): StoreOutput {
    const file = new StagedFile(this.path);
    this.#file = file;
    const [table = null, ...others] = tables;
    const hasTableColumn = others.length > 0;
    const writer = this.representation.begin(file, { ...about, table: hasTableColumn ? null : table, hasTableColumn });
    let rows = 0;
    return {
      beginTable: () => writer,
      endTable: (_table, count) => void (rows += count),
      end: () => {
        writer.end();
        file.end();
        const { position, since } = about;
        return [{ file: this.path, table: 0n, since, position, rows, bytes: file.bytes }];
      },
      discard: () => {
        this.discard();
      },
    };
  }

  take(): void {
    // There is no manifest.
  }

  publish(): void {
    this.#file?.publish(this.isForced);
    nodeFiles.syncDirectory(this.path);
    this.#file = undefined;
  }

  discard(): void {
    this.#file?.discard();
    this.#file = undefined;
  }
}

/** That something has the name of the output already. */
export function outputExists(path: string): StoreError {
  const hint = 'choose another name, or replace it with --force';
  return new StoreError('OUTPUT_EXISTS', `${path} exists already`, { path }, hint);
}
