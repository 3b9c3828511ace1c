/** The content of a lock file: who holds the lock, in JSON. */
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import type { KernelFacts, ProcessFacts, ProcessTable } from '../file/processes.js';

/** Who made a lock file, and when. */
export interface LockOwner extends ProcessFacts, KernelFacts {
  /** Chosen at random for every lock: no two have the same. */
  readonly id: string;
  readonly since: string;
}

/** Something at the name of a lock file that does not say who made it. */
export interface UnreadableLock {
  /** What it is, where that is known: `a symbolic link`. */
  readonly found: string | null;
  /** Whether it has bytes that are not a lock's. */
  readonly isForeign?: boolean;
}

/** How the text of every lock begins. */
const BEGINNING = '{"id":';
const ID = /^[0-9a-f]{12}$/;
const BYTES_MAX = 4096;
const PID_MAX = 2 ** 31 - 1;
/** How far a clock that is set, or read at another moment, may move the start of a kernel. */
const SAME_START_SECONDS = 60;

/** One line of JSON: people read lock files, too. */
export function encodeLock(owner: LockOwner): Buffer {
  const { id, pid, started, namespace, boot, kernelStart, uptime, host, since } = owner;
  return Buffer.from(`${JSON.stringify({ id, pid, started, namespace, boot, kernelStart, uptime, host, since })}\n`);
}

export function isReadable(lock: LockOwner | UnreadableLock): lock is LockOwner {
  return 'id' in lock;
}

/** Reads a lock file; `undefined` where there is none. @throws StoreError `IO_ERROR` */
export function readLock(files: FileSystem, path: string): LockOwner | UnreadableLock | undefined {
  let file: FileHandle;
  try {
    file = files.open(path, 'readOwn');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'FILE_NOT_FOUND') return undefined;
    if (error.code === 'NOT_A_FILE') return { found: String(error.facts['found'] ?? '') || null, isForeign: true };
    if (error.facts['errno'] === 'EACCES') return { found: null };
    throw error;
  }
  try {
    const bytes = Buffer.alloc(BYTES_MAX);
    const content = bytes.subarray(0, file.read(bytes, 0, BYTES_MAX, 0));
    return decodeLock(content) ?? { found: null, isForeign: !mayBeLock(content) };
  } finally {
    file.close();
  }
}

/** A lock of another release, or what a crash may leave of one: nothing, or zeros. */
function mayBeLock(content: Buffer): boolean {
  return content.toString('latin1').startsWith(BEGINNING) || content.every((byte) => byte === 0);
}

function decodeLock(bytes: Buffer): LockOwner | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  // Earlier releases did not write when the kernel started.
  return isOwner(fields)
    ? { ...fields, kernelStart: fields.kernelStart ?? null, uptime: fields.uptime ?? null }
    : undefined;
}

type WrittenOwner = Omit<LockOwner, keyof KernelFacts> & Partial<KernelFacts>;

function isOwner(fields: unknown): fields is WrittenOwner {
  if (typeof fields !== 'object' || fields === null) return false;
  const { id, pid, started, namespace, boot, kernelStart, uptime, host, since } = fields as Record<string, unknown>;
  const isPid = typeof pid === 'number' && Number.isInteger(pid) && pid > 0 && pid <= PID_MAX;
  const isKnown = typeof id === 'string' && ID.test(id) && typeof host === 'string' && typeof since === 'string';
  const isKernel = [kernelStart, uptime].every((fact) => fact === undefined || fact === null || Number.isFinite(fact));
  return (
    isPid &&
    isKnown &&
    isKernel &&
    [started, namespace, boot].every((fact) => fact === null || typeof fact === 'string')
  );
}

/** Whether it is certain that a process runs no more. */
export function isProvenDead(owner: LockOwner, processes: ProcessTable): boolean {
  const self = processes.self();
  if (differs(owner.boot, self.boot)) return isOfAnotherBoot(owner, processes.kernel());
  if (!sharesPids(owner, self)) return false;
  const running = processes.find(owner.pid);
  return running === undefined || differs(owner.started, running.started);
}

/**
 * Whether the kernel was started since. Another boot id alone is no proof, a container may have one of its own; nor is
 * another start of the kernel, which moves when the clock is set.
 */
function isOfAnotherBoot(owner: LockOwner, now: KernelFacts): boolean {
  const isKnown = owner.kernelStart !== null && now.kernelStart !== null;
  if (isKnown && Math.abs(owner.kernelStart - now.kernelStart) > SAME_START_SECONDS) return true;
  return owner.uptime !== null && now.uptime !== null && now.uptime < owner.uptime;
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
