/** A store in memory, and its lock, on a machine whose processes a test makes up. */
import {
  BTreeStore,
  type FileSystem,
  type KernelFacts,
  type ProcessFacts,
  WriteBatch,
} from '../../src/engine/index.js';
import { utf8 } from './bytes.js';
import { FakeProcesses } from './fake-processes.js';
import { ForwardingFiles } from './forwarding-files.js';
import { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

export const LOCK = `${STORE_PATH}-lock`;
export const SINCE = '2026-01-02T03:04:05.678Z';

/**
 * The files as process number `pid` of the same machine sees them; `running` are the others that run, and when they
 * started.
 */
export function seenBy(files: MemoryFiles, pid: number, running: Record<number, string | null> = {}): FileSystem {
  const processes = new FakeProcesses({ pid, started: `${pid}` });
  for (const [other, started] of Object.entries(running)) processes.running.set(Number(other), started);
  return new ForwardingFiles(files, processes);
}

export const open = (files: FileSystem, lockTimeoutMs = 0): BTreeStore =>
  BTreeStore.open(STORE_PATH, { create: true, lockTimeoutMs, files });

export function storeWith(files = new MemoryFiles()): MemoryFiles {
  const store = open(files);
  store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
  store.sync();
  store.close();
  return files;
}

export const HOLDER = {
  id: '0123456789ab',
  pid: 7,
  started: '7',
  namespace: 'pid:[1]',
  boot: 'boot-1',
  kernelStart: 1_700_000_000,
  uptime: 4000,
  host: 'memory',
  since: SINCE,
};

export const lockText = (facts: Partial<ProcessFacts & KernelFacts> & { id?: string } = {}): Buffer =>
  utf8(`${JSON.stringify({ ...HOLDER, ...facts })}\n`);

export function lockedBy(facts: Partial<ProcessFacts & KernelFacts>): MemoryFiles {
  const files = storeWith();
  files.set(LOCK, lockText(facts));
  return files;
}
