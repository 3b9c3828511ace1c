/** The history that a described store of format 2 has in it, as batches that a model takes. */
import { DEFAULT_FIRST_HASH, type StoreSpec2, type TableSpec2 } from './format2-writer.js';
import { type Batch, Model, type Operation } from './model.js';

/** The model of a described store. */
export function modelOfSpec(spec: StoreSpec2): Model {
  const model = new Model(2);
  for (const batch of batchesOfSpec(spec)) {
    const refusal = model.apply(batch);
    if (refusal !== undefined) throw new Error(`position ${batch.position} is refused: ${refusal}`);
  }
  if (spec.appliedPosition > 0n) model.appliedHash = spec.appliedHash ?? spec.firstHash ?? DEFAULT_FIRST_HASH;
  return model;
}

export function batchesOfSpec({ appliedPosition, tables }: StoreSpec2): Batch[] {
  const operations = Array.from({ length: Number(appliedPosition) }, (): Operation[] => []);
  const at = (position: bigint): Operation[] => operations[Number(position - 1n)]!;
  for (const table of tables) {
    forget(table, at);
    for (const { key, events } of table.keys) {
      for (const { position, value } of events) {
        at(position).push(
          value === null ? { kind: 'delete', table: table.id, key } : { kind: 'put', table: table.id, key, value },
        );
      }
    }
  }
  return operations.map((ofBatch, index) => ({ position: BigInt(index + 1), operations: ofBatch }));
}

/** What a table has lost: a row, by a purge. */
function forget({ id, oldest = 0n }: TableSpec2, at: (position: bigint) => Operation[]): void {
  if (oldest === 0n) return;
  at(oldest - 1n).push({ kind: 'put', table: id, key: Buffer.from('lost'), value: Buffer.from('lost') });
  at(oldest).push({ kind: 'purge', table: id });
}
