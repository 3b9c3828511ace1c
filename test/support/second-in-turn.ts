/** In the place of a check's second thread: does some of what a thread could have done, each time it is woken. */
import { PageJudge } from '../../src/engine/verify/page-problems.js';
import type { PageFileReader } from '../../src/engine/verify/page-file-reader.js';
import { PageSet } from '../../src/engine/verify/page-set.js';
import { findFormat } from '../../src/engine/format/formats.js';
import type { Job, Second } from '../../src/engine/verify/threads/second-thread.js';
import { type ChunkScan, scanChunks } from '../../src/engine/verify/threads/shared-scan.js';
import { SharedState } from '../../src/engine/verify/threads/shared-state.js';
import { lookAtUnit } from '../../src/engine/verify/threads/unit-work.js';
import type { Random } from './random.js';

/** What it has done, of all checks. */
export interface Share {
  units: number;
  scans: number;
}

// Fresh memory for each of many small checks takes longer than they do.
const { memory } = new SharedState();

/** @param random says how much it does; without it all that it can */
export function secondInTurn(source: PageFileReader, share: Share, random?: Random): Second {
  let judge: PageJudge | undefined;
  let found: ChunkScan | null = null;
  const isWilling = (): boolean => random === undefined || random.chance(0.8);
  class Woken extends SharedState {
    override wake(): void {
      while (judge !== undefined && isWilling() && lookAtUnit(source, judge, this)) share.units += 1;
    }
  }
  const before = new SharedState(memory);
  for (const list of before.lists) list.fill(0, () => 0);
  new Uint8Array(memory, 0, 64).fill(0);
  const state = new Woken(memory);
  state.leavesMin = 1;
  state.noteReady();
  return {
    state,
    give({ format, storeTag, scan }: Job) {
      judge = new PageJudge(format === undefined ? undefined : findFormat(format), storeTag);
      if (scan === undefined || !isWilling()) return;
      const chunks = scanChunks(source, judge, { ...scan, free: PageSet.of(scan.free) }, state);
      let step = chunks.next();
      while (step.done !== true) step = chunks.next();
      found = step.value;
      share.scans += 1;
    },
    *scanned() {
      yield;
      return found;
    },
    end: () => undefined,
  };
}
