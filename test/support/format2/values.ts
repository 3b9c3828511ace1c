/** External values: each an extent of neighbouring pages. */
import type { Event2, ExternalValue } from './events.js';
import { FIRST_PAGE, VALUE_HEADER_BYTES, valuePages } from './layout.js';
import type { Page2 } from './page.js';
import type { PageTable } from './tree.js';

export interface Value2 {
  readonly table: bigint;
  readonly key: Buffer;
  readonly position: bigint;
  readonly external: ExternalValue;
  /** In order; those that are there and are nobody else's. */
  readonly pages: readonly Page2[];
  /** The byte stream, to the end of the last page; undefined when a page of it cannot be read. */
  readonly stream: Buffer | undefined;
}

export type ExternalEvent = Event2 & { readonly kind: 'external' };

/** Where the event is. */
export interface EventPlace {
  readonly table: bigint;
  readonly key: Buffer;
  readonly page: number;
}

export function readValue(table: PageTable, { position, external }: ExternalEvent, place: EventPlace): Value2 {
  const count = valuePages(place.key.length, external.length);
  const end = external.firstPage + count;
  const pages: Page2[] = [];
  const value = { table: place.table, key: place.key, position, external, pages };
  if (external.firstPage < FIRST_PAGE || !table.has(BigInt(end - 1))) {
    table.report('value-range', place.page, `a value in pages ${external.firstPage} to ${end - 1}`);
    return { ...value, stream: undefined };
  }
  const name = `a value of table ${place.table} at position ${position}`;
  for (let id = external.firstPage; id < end; id += 1) {
    const page = table.pages.get(id)!;
    if (table.claim(id, name)) {
      table.faults.push(...page.faults);
      pages.push(page);
    } else {
      table.report('value-shared', id, `is reached by ${name}, and by ${table.ownerOf(id)} before`);
    }
  }
  return { ...value, stream: joined(pages, count) };
}

function joined(pages: readonly Page2[], count: number): Buffer | undefined {
  const parts = pages.flatMap(({ content }) => (content?.kind === 'value' ? [content.stream] : []));
  return parts.length === count ? Buffer.concat(parts) : undefined;
}

/** The value alone, without the key before it. Undefined when it cannot be read. */
export function valueBytes({ stream, key, external }: Value2): Buffer | undefined {
  const start = 2 + key.length;
  return stream?.subarray(start, start + external.length);
}

/** Of the value in the first page: what a page has before its byte stream, the key's length, the key. */
export const firstValueByte = (key: Buffer): number => VALUE_HEADER_BYTES + 2 + key.length;
