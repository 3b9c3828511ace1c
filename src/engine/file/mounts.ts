import fs from 'node:fs';
import path from 'node:path';

const MOUNTS = '/proc/self/mountinfo';
/** The field of a line that names the mount point. */
const POINT_FIELD = 4;

/**
 * Whether something is mounted at this path itself. Where the system does not list its mounts, another device than the
 * folder's says so.
 */
export function isMountPoint(file: string): boolean {
  const list = readMounts();
  if (list !== undefined) return mountPoints(list).has(file);
  const own = fs.statSync(file, { throwIfNoEntry: false });
  const folder = fs.statSync(path.dirname(file), { throwIfNoEntry: false });
  return own !== undefined && folder !== undefined && own.dev !== folder.dev;
}

/** The mount points in the text of a `mountinfo` of Linux, in which spaces and backslashes are written in octal. */
export function mountPoints(list: string): Set<string> {
  const points = list.split('\n').map((line) => line.split(' ')[POINT_FIELD]);
  return new Set(points.filter((point) => point !== undefined).map(unescape));
}

function unescape(point: string): string {
  const bytes = point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function readMounts(): string | undefined {
  try {
    // As bytes: a name that is not text must not keep the others from being told apart.
    return fs.readFileSync(MOUNTS, 'latin1');
  } catch {
    return undefined;
  }
}
