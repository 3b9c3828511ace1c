/** The way to an answer against the answer, and against the pages as an independent decoder reads them. */
import { expect } from 'chai';
import type { BTreeStore, PathStep } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { fromHex } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { decodePage, pageOf } from '../support/format1-decode.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';

/** What a page has, whatever the format: separators and children, or keys. */
interface Content {
  readonly separators?: readonly Buffer[];
  readonly children?: readonly bigint[];
  readonly keys?: readonly Buffer[];
}

function contentsOf(file: Buffer, format: FormatNumber): (page: bigint) => Content {
  if (format === 1) {
    return (page) => {
      const content = decodePage(pageOf(file, Number(page)), { allowStaleBytes: false }, () => {})!;
      return content.kind === 'leaf' ? { keys: content.entries.map(({ key }) => key) } : content;
    };
  }
  const { pages } = decodeFormat2(file);
  return (page) => {
    const content = pages.get(Number(page))?.content;
    if (content?.kind === 'internal') return content;
    return content?.kind === 'leaf' || content?.kind === 'history-leaf'
      ? { keys: content.items.map(({ itemKey }) => itemKey) }
      : {};
  };
}

/** Each page is the child of the one above, and the separators around it are those that are nearest. */
function expectWay(path: readonly PathStep[], root: bigint, contentOf: (page: bigint) => Content): Content {
  let [page, low, high]: [bigint, Uint8Array | null, Uint8Array | null] = [root, null, null];
  for (const [depth, step] of path.entries()) {
    expect(step).to.deep.include({ page, level: path.length - depth });
    expect([step.low, step.high].map(textOf)).to.deep.equal([low, high].map(textOf));
    const { separators, children } = contentOf(page);
    if (depth === path.length - 1) break;
    const item = step.item!;
    page = children![item]!;
    low = separators![item - 1] ?? low;
    high = separators![item] ?? high;
  }
  return contentOf(page);
}

const textOf = (bytes: Uint8Array | null | undefined): string | null =>
  bytes ? Buffer.from(bytes).toString('hex') : null;

function storeWithHistory(
  format: FormatNumber,
  seed: number,
): { files: MemoryFiles; store: BTreeStore; maker: HistoryMaker } {
  const files = new MemoryFiles();
  const maker = new HistoryMaker(new Random(seed), { format, tables: [1n], operationsMax: 20 });
  const store = newStore(files, format);
  for (let batch = 0; batch < 80; batch += 1) store.apply(toWriteBatch(maker.next()));
  store.sync();
  return { files, store, maker };
}

for (const format of FORMATS) {
  describe(`the way to the value of a key in format ${format}`, () => {
    it('is that of the pages, and ends at the version that is read', () => {
      const { files, store, maker } = storeWithHistory(format, 11);
      const contentOf = contentsOf(files.get(STORE_PATH), format);
      const root = store.tables()[0]!.root!;
      let inHistory = 0;
      for (const hex of [...maker.model.keys(1n), 'aabb', '']) {
        const key = fromHex(hex);
        for (const at of [80n, 60n, 30n, 1n]) {
          const explanation = store.explain(1n, key, at);
          const { path, historyPath, versions, visible } = explanation;
          const leaf = expectWay(path, root, contentOf);
          const item = path.at(-1)!.item;
          expect(item === null ? -1 : item - 1).to.equal(leaf.keys!.findIndex((found) => found.equals(key)));
          const due = store.getVersion(1n, key, at);
          expect(visible && { createdAt: visible.createdAt, deletedAt: visible.deletedAt }).to.deep.equal(
            due && { createdAt: due.createdAt, deletedAt: due.deletedAt },
          );
          expect(visible?.valueBytes).to.equal(due?.value.length);
          if (historyPath !== null) {
            expectWay(historyPath, historyPath[0]!.page, contentOf);
            inHistory += 1;
          }
          for (const { createdAt, deletedAt, reason } of versions) {
            if (reason === 'later') expect(createdAt ?? deletedAt!).to.satisfy((position: bigint) => position > at);
            if (reason === 'ended') expect(deletedAt).to.satisfy((position: bigint) => position <= at);
            if (reason === 'deletion') expect([createdAt, due]).to.deep.equal([null, undefined]);
          }
        }
      }
      if (format === 2) expect(inHistory).to.be.greaterThan(20);
      store.close();
    });

    it('is none where a table has no pages', () => {
      const store = newStore(new MemoryFiles(), format);
      expect(store.explain(1n, 'a')).to.deep.equal({ path: [], historyPath: null, versions: [], visible: undefined });
      store.close();
    });
  });
}
