/**
 * What a crash leaves of the names in directories: those of the last `syncDirectory`, and of the changes since then
 * any, each whole or not at all.
 */
import { dirname } from 'node:path';
import type { CrashOutcome } from './crash-outcome.js';

type Change<File> =
  | { readonly kind: 'set'; readonly at: number; readonly path: string; readonly file: File }
  | { readonly kind: 'remove'; readonly at: number; readonly path: string }
  | { readonly kind: 'rename'; readonly at: number; readonly from: string; readonly path: string; readonly file: File };

export class DurableNames<File> {
  readonly #names = new Map<string, File>();
  #changes: Change<File>[] = [];

  set(at: number, path: string, file: File): void {
    this.#changes.push({ kind: 'set', at, path, file });
  }

  remove(at: number, path: string): void {
    this.#changes.push({ kind: 'remove', at, path });
  }

  rename(at: number, from: string, path: string, file: File): void {
    this.#changes.push({ kind: 'rename', at, from, path, file });
  }

  syncDirectory(directory: string): void {
    const isInside = ({ path }: Change<File>): boolean => dirname(path) === directory;
    for (const change of this.#changes.filter(isInside)) apply(this.#names, change);
    this.#changes = this.#changes.filter((change) => !isInside(change));
  }

  afterCrash(outcome: CrashOutcome): Map<string, File> {
    const names = new Map(this.#names);
    for (const change of this.#changes) if (outcome.keeps(change.at)) apply(names, change);
    return names;
  }
}

function apply<File>(names: Map<string, File>, change: Change<File>): void {
  if (change.kind === 'rename') names.delete(change.from);
  if (change.kind === 'remove') names.delete(change.path);
  else names.set(change.path, change.file);
}
