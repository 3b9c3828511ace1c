/** For each finding a store that has it, with the log of the store as it was. */
import { type FindingCode, salvage, verify, WriteBatch } from '../../src/engine/index.js';
import { DAMAGE_FOUND } from '../engine/support/damage-found.js';
import { codeOf } from '../engine/support/format2-found.js';
import { crashedStore, JOURNAL_PATH } from './crashed-store.js';
import { healthyStore, ownDamages, subtleDamages } from './damage.js';
import { FAULTS_2, plantFault, specOf } from './format2-damage.js';
import { batchesOfSpec } from './format2-history.js';
import { formatLog } from './log-lines.js';
import { MemoryFiles } from './memory-files.js';
import { memoryWith, newStore, STORE_PATH } from './memory-store.js';
import { Model } from './model.js';

export interface DamagedStore {
  readonly name: string;
  readonly bytes: Buffer;
  readonly journal?: Buffer;
  /** Undefined where it is that of `healthyStore`, which `changes` tells. */
  readonly log?: string;
  /** Undefined where there is none. */
  readonly sound: Buffer | undefined;
}

/** The first store that has each finding; those of format 2 first. */
export function damagedByCode(): Map<FindingCode, DamagedStore> {
  const stores = new Map<FindingCode, DamagedStore>();
  const add = (codes: Iterable<FindingCode>, store: () => DamagedStore): void => {
    for (const code of codes) if (!stores.has(code)) stores.set(code, store());
  };
  for (const fault of FAULTS_2) {
    const code = codeOf(fault);
    if (code === undefined || stores.has(code)) continue;
    const bare = specOf(fault);
    const batches = batchesOfSpec(bare);
    const model = new Model(2);
    for (const batch of batches) model.apply(batch);
    const spec = { ...bare, appliedHash: model.appliedHash };
    add([code], () => ({
      name: fault.name,
      bytes: plantFault(fault, spec),
      log: formatLog(batches),
      sound: undefined,
    }));
  }
  const sound = healthyStore();
  for (const { name, bytes } of [...ownDamages(), ...subtleDamages()])
    add(
      (DAMAGE_FOUND[name] ?? []).map((found) => found.split('@')[0] as FindingCode),
      () => ({ name, bytes, sound }),
    );
  stores.set('leaked-page', leaking());
  add(['journal-damaged'], halfJournal);
  add(['salvaged'], () => salvaged(stores.get('page-crc')!));
  return stores;
}

/** A page past the end of a store whose last batch is in a page. */
function leaking(): DamagedStore {
  const files = new MemoryFiles();
  const store = newStore(files, 2);
  store.apply(new WriteBatch(1n).put(1n, 'a', 'b'));
  store.sync();
  store.close();
  const sound = files.get(STORE_PATH);
  return { name: 'a page too many', bytes: Buffer.concat([sound, Buffer.alloc(4096)]), sound };
}

/** Half of a commit is in the file, and the rest of its journal is not what was written. */
function halfJournal(): DamagedStore {
  const { inPlace } = crashedStore();
  const journal = inPlace.get(JOURNAL_PATH);
  journal.fill(0xee, 3 * 4096);
  return { name: 'a journal that is damaged', bytes: inPlace.get(STORE_PATH), journal, sound: undefined };
}

function salvaged({ bytes, ...store }: DamagedStore): DamagedStore {
  const files = memoryWith(bytes);
  salvage(STORE_PATH, '/memory/new', { files });
  return { ...store, name: 'a store that was salvaged', bytes: files.get('/memory/new') };
}

/** What is found in a store. */
export const codesIn = (bytes: Buffer): FindingCode[] =>
  Object.keys(verify(STORE_PATH, { files: memoryWith(bytes) }).codes) as FindingCode[];
