/**
 * The full sweep: every byte of a small store of each format, changed in two ways, with and without the checksum made
 * right. Run by `npm run sweep`.
 */
import { sweep, type SweepResult, SWEPT_1, SWEPT_2 } from './support/sweep.js';

const MASKS = [0x01, 0xff];

const lines = (title: string, { changes, found, unread, legal, missed }: SweepResult): string[] => [
  `${title}: ${changes} changes`,
  `  found: ${Object.entries(found)
    .map(([severity, count]) => `${count} ${severity}`)
    .join(', ')}`,
  `  not found, and nothing that can be read is changed: ${unread}`,
  ...Object.entries(legal).map(([part, count]) => `  not found, and another legal ${part}: ${count}`),
  ...missed.map((change) => `  MISSED: ${change}`),
];

let isComplete = true;
for (const subject of [SWEPT_1, SWEPT_2]) {
  const stale = sweep(subject, { reseal: false, masks: MASKS });
  const sealed = sweep(subject, { reseal: true, masks: MASKS });
  console.log(
    [
      `${subject.name}: a store of ${subject.store.length} bytes, each byte xor ${MASKS.join(' and ')}`,
      ...lines('checksums left as they were', stale),
      ...lines('checksums made right', sealed),
    ].join('\n'),
  );
  if (stale.unread + stale.missed.length + sealed.missed.length > 0) isComplete = false;
}
if (!isComplete) process.exitCode = 1;
