/** What the pages of a file without a superblock say of the store that they are of: what most of them say. */
import { DEFAULT_FORMAT, formatOfPage } from '../format/formats.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import { CHUNK_PAGES, PageChunk, type PageFileReader } from '../verify/page-file-reader.js';
import type { StoreIdentity } from './page-census.js';
import { salvageFormatOf } from './salvage-format.js';

/** @returns undefined when no page of the file is sound */
export function* guessIdentity(source: PageFileReader): Steps<StoreIdentity | undefined> {
  const votes = new Map<string, { readonly identity: StoreIdentity; count: number }>();
  const chunk = new PageChunk(source);
  const pages = Math.floor(source.size / PAGE_SIZE);
  for (let first = 0; first < pages; first += CHUNK_PAGES) {
    const count = chunk.load(first, Math.min(CHUNK_PAGES, pages - first));
    for (let pageId = first; pageId < first + count; pageId++) {
      const page = chunk.page(pageId)!;
      const format = formatOfPage(page);
      if (format.pages.findFaultOfAny(page, {}) !== undefined) continue;
      const storeTag = salvageFormatOf(format).identityOf(page)?.storeTag;
      const name = `${format === DEFAULT_FORMAT} ${storeTag}`;
      const vote = votes.get(name) ?? { identity: { format, storeTag }, count: 0 };
      vote.count++;
      votes.set(name, vote);
    }
    yield;
  }
  return [...votes.values()].reduce<{ identity: StoreIdentity | undefined; count: number }>(
    (best, vote) => (vote.count > best.count ? vote : best),
    { identity: undefined, count: 0 },
  ).identity;
}
