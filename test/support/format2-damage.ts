/** One fault at a time in a sound store of format 2; checksums are right but where one of them is the fault. */
import { EVENT_FAULTS } from './format2/damage-events.js';
import { RECORD_FAULTS } from './format2/damage-records.js';
import { TREE_FAULTS } from './format2/damage-trees.js';
import { VALUE_FAULTS } from './format2/damage-values.js';
import { PAGE_FAULTS } from './format2/damage-pages.js';
import { SUPERBLOCK_FAULTS } from './format2/damage-superblock.js';
import { type Fault2, reseal, Victim } from './format2/plant.js';
import { everything, everythingWithCatalogue } from './format2-stores.js';
import { type StoreSpec2, writeFormat2 } from './format2-writer.js';

export const FAULTS_2: readonly Fault2[] = [
  ...SUPERBLOCK_FAULTS,
  ...RECORD_FAULTS,
  ...PAGE_FAULTS,
  ...TREE_FAULTS,
  ...EVENT_FAULTS,
  ...VALUE_FAULTS,
];

const STORES: Readonly<Record<NonNullable<Fault2['store']>, StoreSpec2>> = {
  catalogue: everythingWithCatalogue,
  empty: { appliedPosition: 0n, tables: [] },
};

/** What the fault is planted in. */
export const specOf = ({ store }: Fault2): StoreSpec2 => (store === undefined ? everything : STORES[store]);

/** The whole damaged file. */
export function plantFault(fault: Fault2, spec: StoreSpec2 = specOf(fault)): Buffer {
  const { plant, raw } = fault;
  const victim = new Victim(writeFormat2(spec));
  plant(victim);
  if (raw !== true) reseal(victim.file);
  return victim.file;
}
