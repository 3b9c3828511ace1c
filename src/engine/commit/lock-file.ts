import { StoreError } from '../errors.js';
import type { FileSystem, StoreFile } from '../file/files.js';
import type { ProcessFacts, ProcessTable } from '../file/processes.js';

/** Who made a lock file, and when. */
export interface LockOwner extends ProcessFacts {
  /** Chosen anew for every lock: no other one ever has it. */
  readonly id: string;
  readonly since: string;
}

/** A lock file that does not say who made it. */
export const UNREADABLE = 'unreadable';

const ID = /^[0-9a-f]{12}$/;
const BYTES_MAX = 4096;
const PID_MAX = 2 ** 31 - 1;

/** One line of JSON: people read lock files, too. */
export function encodeLock({ id, pid, started, namespace, boot, host, since }: LockOwner): Buffer {
  return Buffer.from(`${JSON.stringify({ id, pid, started, namespace, boot, host, since })}\n`);
}

/** Reads a lock file; `undefined` where there is none. @throws StoreError `IO_ERROR` */
export function readLock(files: FileSystem, path: string): LockOwner | typeof UNREADABLE | undefined {
  let file: StoreFile;
  try {
    file = files.open(path, 'read');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'STORE_NOT_FOUND') return undefined;
    // A directory or a device, or a file that is not for us.
    if (error.code === 'NOT_A_STORE' || error.facts['errno'] === 'EACCES') return UNREADABLE;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(BYTES_MAX);
    return decodeLock(bytes.subarray(0, file.read(bytes, 0, BYTES_MAX, 0))) ?? UNREADABLE;
  } finally {
    file.close();
  }
}

function decodeLock(bytes: Buffer): LockOwner | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  return isOwner(fields) ? fields : undefined;
}

function isOwner(fields: unknown): fields is LockOwner {
  if (typeof fields !== 'object' || fields === null) return false;
  const { id, pid, started, namespace, boot, host, since } = fields as Record<string, unknown>;
  const isPid = typeof pid === 'number' && Number.isInteger(pid) && pid > 0 && pid <= PID_MAX;
  const isKnown = typeof id === 'string' && ID.test(id) && typeof host === 'string' && typeof since === 'string';
  return isPid && isKnown && [started, namespace, boot].every((fact) => fact === null || typeof fact === 'string');
}

/** Whether it is certain that a process runs no more. */
export function isProvenDead(owner: ProcessFacts, processes: ProcessTable): boolean {
  const self = processes.self();
  if (owner.boot !== null && self.boot !== null && owner.boot !== self.boot) return true;
  if (!sharesPids(owner, self)) return false;
  const running = processes.find(owner.pid);
  return running === undefined || differs(owner.started, running.started);
}

/** Whether a pid of the one is the same process for the other. */
export function sharesPids(owner: ProcessFacts, self: ProcessFacts): boolean {
  if (owner.boot !== self.boot || owner.namespace !== self.namespace) return false;
  // Without namespaces to compare, at least the machine must be the same.
  return owner.namespace !== null || owner.host === self.host;
}

/** Whether the process is the one that asks. */
export function isSelf(owner: ProcessFacts, self: ProcessFacts): boolean {
  return sharesPids(owner, self) && owner.pid === self.pid && !differs(owner.started, self.started);
}

const differs = (one: string | null, other: string | null): boolean => one !== null && other !== null && one !== other;
