import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs with a fresh folder that is gone afterwards, also when what runs takes its time. */
export async function withTempFolder<T>(run: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = makeTempFolder();
  try {
    return await run(folder);
  } finally {
    removeFolder(folder);
  }
}

/** A fresh folder, for tests that share one: remove it afterwards. */
export const makeTempFolder = (): string => mkdtempSync(join(tmpdir(), 'kmb-store-cli-'));

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
