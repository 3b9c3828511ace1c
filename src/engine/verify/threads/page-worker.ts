/** The second thread of a check: looks at pages until it is told that there are no more. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { FileHandle } from '../../file/files.js';
import { nodeFiles } from '../../file/node-files.js';
import { findFormat } from '../../format/formats.js';
import { PlainFileReader } from '../page-file-reader.js';
import { type JudgeData, PageJudge } from '../page-problems.js';
import { PageSet } from '../page-set.js';
import type { Job, ThreadData } from './second-thread.js';
import { type ScanRange, scanChunks } from './shared-scan.js';
import { SharedState } from './shared-state.js';
import { lookAtUnit } from './unit-work.js';

interface Scan {
  readonly source: PlainFileReader;
  readonly judge: PageJudge;
  readonly range: ScanRange;
}

function run({ path, identity, memory, port }: ThreadData): void {
  const file = nodeFiles.open(path, 'read');
  try {
    // Another file may have the name by now.
    if (file.identity() === identity) serve(file, new SharedState(memory), port);
  } finally {
    file.close();
  }
}

function serve(file: FileHandle, state: SharedState, port: MessagePort): void {
  const source = new PlainFileReader(file);
  let judge: PageJudge | undefined;
  state.noteReady();
  while (!state.hasEnded) {
    const { sequence } = state;
    const job = receiveMessageOnPort(port)?.message as Job | undefined;
    if (job !== undefined) judge = judgeOf(job);
    if (job?.scan !== undefined && judge !== undefined) {
      scan({ source, judge, range: { ...job.scan, free: PageSet.of(job.scan.free) } }, state, port);
    } else if (judge === undefined || !lookAtUnit(source, judge, state)) state.sleep(sequence);
  }
}

function scan({ source, judge, range }: Scan, state: SharedState, port: MessagePort): void {
  if (!state.joinScan()) return;
  const chunks = scanChunks(source, judge, range, state);
  let step = chunks.next();
  while (step.done !== true && !state.hasEnded) step = chunks.next();
  if (step.done !== true) return;
  port.postMessage(step.value);
  state.noteTold();
}

function judgeOf({ format, storeTag }: JudgeData): PageJudge {
  return new PageJudge(format === undefined ? undefined : findFormat(format), storeTag);
}

run(workerData as ThreadData);
