/**
 * A second thread for checks of large files. It reads pages and looks at each by itself, which needs no order, and
 * reports nothing: whatever is not tidy is looked at by the check itself. So a check finds the same with it, without
 * it, and when it ends in the middle.
 */
import os from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import type { Steps } from '../../steps.js';
import type { PageFileReader } from '../page-file-reader.js';
import type { JudgeData } from '../page-problems.js';
import type { PageBlocks } from '../page-set.js';
import type { ChunkScan, ScanRange } from './shared-scan.js';
import { SharedState } from './shared-state.js';

/**
 * Below this a thread saves little more than it takes to start: of 137 MB a 25th of the first thread's processor time,
 * of 1.1 GB a fifth.
 */
const FILE_MIN = 512 * 2 ** 20;

/** The file whose pages are those of the store. */
export interface BareFile {
  readonly path: string;
  /** As `FileHandle.identity`. */
  readonly identity: string;
}

export interface ThreadOptions {
  /** Two: a second thread looks at pages of a large file, where the machine has two processors. */
  readonly threads?: 1 | 2 | undefined;
  /** @internal From how many bytes on a file is large. */
  readonly largeFrom?: number | undefined;
  /** @internal How long to wait until the thread is there. */
  readonly awaitThreadMs?: number | undefined;
  /** @internal What there is in place of the thread. */
  readonly second?: ((source: PageFileReader) => Second) | undefined;
}

/** What a check sees of the thread. */
export type Second = Pick<SecondThread, 'state' | 'give' | 'scanned' | 'end'>;

/** What the second thread is started with. */
export interface ThreadData extends BareFile {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** What the second thread is to do: look at the pages of lists, or at all pages in the order of the file. */
export interface Job extends JudgeData {
  readonly scan?: Omit<ScanRange, 'free'> & { readonly free: PageBlocks };
}

/** A thread that does not tell what it has seen after this is not running. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 20;

export class SecondThread {
  private constructor(
    readonly state: SharedState,
    private readonly port: MessagePort,
  ) {}

  /**
   * Starts the thread, where it is asked for and worth it, and pages are those of the file alone; undefined where not,
   * and where there cannot be one.
   */
  static start(source: PageFileReader, options: ThreadOptions): Second | undefined {
    const { bareFile: file, size } = source;
    const { threads = 1, largeFrom = FILE_MIN, awaitThreadMs } = options;
    if (options.second !== undefined) return options.second(source);
    if (threads < 2 || file === undefined || size < largeFrom || os.availableParallelism() < 2) return undefined;
    const state = new SharedState();
    try {
      const { MessageChannel: Channel, Worker } = process.getBuiltinModule('node:worker_threads');
      const { port1, port2 } = new Channel();
      const workerData: ThreadData = { ...file, memory: state.memory, port: port2 };
      const program = new URL('./page-worker.js', import.meta.url);
      const worker = new Worker(program, { workerData, transferList: [port2], stdout: true, stderr: true });
      // Nothing of it is the caller's matter: what it does not do, the check does.
      worker.on('error', () => undefined);
      worker.unref();
      if (awaitThreadMs !== undefined) state.awaitReady(awaitThreadMs);
      return new SecondThread(state, port1);
    } catch {
      return undefined;
    }
  }

  give(job: Job): void {
    this.port.postMessage(job);
    this.state.wake();
  }

  /** What it has seen in a scan; null when it has taken no part in it, undefined when that cannot be known. */
  *scanned(): Steps<ChunkScan | null | undefined> {
    if (this.state.closeScan()) return null;
    for (let waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
      this.state.awaitTold(PAUSE_MS);
      const received = process.getBuiltinModule('node:worker_threads').receiveMessageOnPort(this.port);
      if (received !== undefined) return received.message as ChunkScan;
      yield;
    }
    return undefined;
  }

  end(): void {
    this.state.end();
    this.port.close();
  }
}
