import Database from 'better-sqlite3';

/** As much as the default of kmb-store; in KiB, which SQLite writes as a negative number. */
const CACHE_SIZE = -64 * 1024;

/**
 * Relaxed: synchronous=NORMAL, the log of a WAL database is synced with its checkpoints. Durable: FULL, with every
 * commit. `compacts`: without room between the rows, as a store that is only read can be.
 */
export function openStore(path, { durable = false, compacts = false } = {}) {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
  database.pragma(`cache_size = ${CACHE_SIZE}`);
  database.exec('CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  const put = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?)');
  const select = database.prepare('SELECT value FROM rows WHERE key = ?').pluck();
  const selectCount = database.prepare('SELECT count(*) FROM rows WHERE key >= ? AND key < ?').pluck();
  const selectAll = database.prepare('SELECT key, value FROM rows ORDER BY key').raw();
  return {
    keyFrom: (text) => text,
    write: database.transaction((operations) => {
      for (const { key, value } of operations) put.run(key, value);
    }),
    finish() {
      if (compacts) database.exec('VACUUM');
      database.pragma('wal_checkpoint(TRUNCATE)');
    },
    get: (key) => select.get(key),
    scan(onRow) {
      for (const [key, value] of selectAll.iterate()) onRow(key, value);
    },
    count(prefix) {
      const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
      return selectCount.get(prefix, end);
    },
    close() {
      database.close();
    },
  };
}
