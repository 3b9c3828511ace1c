/** Engines of others that read exported files; where one is not installed its tests are skipped. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { repositoryRoot } from './cli.js';

export type JsonRow = Readonly<Record<string, unknown>>;

/** A DuckDB in memory. */
export class Duck {
  private constructor(private readonly connection: DuckDBConnection) {}

  /** Undefined where it is not installed for this machine. */
  static async open(): Promise<Duck | undefined> {
    const duckdb = await import('@duckdb/node-api').catch(() => undefined);
    if (duckdb === undefined) return undefined;
    const instance = await duckdb.DuckDBInstance.create(':memory:', { threads: '1' });
    return new Duck(await instance.connect());
  }

  /** The rows of an answer; 64-bit numbers are texts. */
  async rows(sql: string): Promise<JsonRow[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowObjectsJson();
  }

  /** The rows of an answer as texts, with spaces between the columns. */
  async lines(sql: string): Promise<string[]> {
    const rows = await this.rows(sql);
    return rows.map((row) => Object.values(row).join(' '));
  }

  /** The types of the columns of an answer. */
  async types(sql: string): Promise<string[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.columnTypes().map((type) => type.toString());
  }

  close(): void {
    this.connection.closeSync();
  }
}

/** ClickHouse in this process, by the package chdb; undefined where that is not installed. */
export function loadClickHouse(): ((sql: string) => JsonRow[]) | undefined {
  try {
    const { query } = createRequire(import.meta.url)('chdb') as { query: (sql: string, format: string) => string };
    return (sql) =>
      query(sql, 'JSONEachRow')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as JsonRow);
  } catch {
    return undefined;
  }
}

/** The statements that docs/DATA.md has in a section, about the data set in a folder. */
export function documentedSql(section: string, folder: string): string[] {
  const text = readFileSync(`${repositoryRoot}docs/DATA.md`, 'utf8');
  const [, found = ''] = text.split(`\n### ${section}\n`);
  const code = (found.split('\n### ')[0] ?? '').split('\n').filter((line) => line.startsWith('    '));
  const statements = code.join('\n').split(/;$/m).slice(0, -1);
  return statements.map((statement) => statement.replaceAll(`'set/`, `'${folder}/`));
}
