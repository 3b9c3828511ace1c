/**
 * Feature bits of format 2, as ext4 has them: a release that meets a bit it does not know must refuse the store
 * (incompatible), must not write it (read-only compatible), or may ignore it and keeps it (compatible).
 */
import { StoreError } from '../../errors.js';
import type { StoreRecord, Superblock } from '../superblock.js';

type Features = StoreRecord['features'];

/** A compatible feature: the store was salvaged, and something of it was lost. */
export const SALVAGED_WITH_LOSSES = 2;

/** Whether a store was salvaged, and something of it was lost. */
export function isSalvaged({ record }: Superblock): boolean {
  return record !== undefined && (record.features.compatible & SALVAGED_WITH_LOSSES) !== 0;
}

/** The bits that this release knows. */
const KNOWN: Features = { compatible: SALVAGED_WITH_LOSSES, readOnly: 0, incompatible: 0 };

/** The bits of each kind that this release does not know. */
export function unknownFeatures({ compatible, readOnly, incompatible }: Features): Features {
  return {
    compatible: without(compatible, KNOWN.compatible),
    readOnly: without(readOnly, KNOWN.readOnly),
    incompatible: without(incompatible, KNOWN.incompatible),
  };
}

function without(bits: number, known: number): number {
  return (bits & ~known) >>> 0;
}

/** The lowest of some bits, to be named. */
export function lowestBit(bits: number): number {
  return (bits & -bits) >>> 0;
}

/**
 * Refuses to write a store with features that this release may only read past.
 *
 * @throws StoreError `FEATURE_UNSUPPORTED`
 */
export function checkFeaturesToWrite(path: string, { record }: Superblock): void {
  const unknown = record === undefined ? 0 : unknownFeatures(record.features).readOnly;
  if (unknown === 0) return;
  const feature = lowestBit(unknown);
  const message = `${path} has the read-only compatible feature ${feature}, which this release does not know: it reads the store, and does not write it`;
  const hint = 'write to it with the release of the software that made it';
  throw new StoreError('FEATURE_UNSUPPORTED', message, { path, feature }, hint);
}
