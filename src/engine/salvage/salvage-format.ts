/** What a salvage has to know of each format: what pages say of themselves, and what events their items are. */
import { FORMAT_1 } from '../format/v1/format.js';
import { FORMAT_2 } from '../format/v2/format.js';
import { identityOf } from '../format/v2/pages.js';
import type { Page } from '../format/page.js';
import type { PageIdentity, StoreFormat } from '../format/store-format.js';
import { giveEvents } from './leaf-events.js';
import { giveIntervals } from './leaf-intervals.js';
import type { EventTaker } from './event-taker.js';

export interface SalvageFormat {
  /** Which page of which store and table a page says that it is; undefined where pages do not. */
  readonly identityOf: (page: Page) => Omit<PageIdentity, 'type'> | undefined;
  /** Gives what an item of a leaf says of its key. */
  readonly giveItem: (leaf: Page, index: number, taker: EventTaker) => void;
}

const SALVAGE_FORMATS = new Map<StoreFormat, SalvageFormat>([
  [FORMAT_1, { identityOf: () => undefined, giveItem: giveIntervals }],
  [FORMAT_2, { identityOf, giveItem: giveEvents }],
]);

export function salvageFormatOf(format: StoreFormat): SalvageFormat {
  return SALVAGE_FORMATS.get(format) as SalvageFormat;
}
