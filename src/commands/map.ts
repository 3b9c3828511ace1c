import { string } from '@oclif/core/flags';
import { MAP_VIEWS, type MapView } from '../engine/index.js';
import { storeArg } from '../cli/input/args.js';
import { LookCommand } from '../cli/look/look-command.js';
import { allPages, PAGES_VIEW } from '../cli/map/json.js';
import { mapLines } from '../cli/map/picture.js';
import { escapeControls } from '../cli/text/escape.js';

export default class PageMap extends LookCommand<typeof PageMap> {
  static override readonly summary = 'Draw a map of the pages of a store.';
  static override readonly description =
    'Draws the pages of a store from the first to the last, a cell each, or several in a cell where the store is larger than the screen: by what they are, how full they are, which position changed them last (format 2), or which table they are of. Beside it a legend that counts the pages; damage shows in every map. Colours are those that colour-blind people can tell apart, and letters where there are none. With --json an object a page. Exit codes are those of verify-pages.';
  static override readonly examples = [
    '<%= config.bin %> map store.kmb',
    { description: 'How full the pages are:', command: '<%= config.bin %> map store.kmb --by fill' },
    { description: 'Each page as JSON:', command: '<%= config.bin %> map store.kmb --json' },
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = {
    by: string({ description: 'What the cells show. Default kind.', options: [...MAP_VIEWS] }),
  };

  async run(): Promise<void> {
    const { store } = this.args;
    const look = await this.look(store);
    const { census } = look;
    const view = (this.flags.by ?? 'kind') as MapView;
    if (view === 'age' && !census.hasStamps) {
      this.print.note('AGE_UNKNOWN', `pages of ${store} do not say which position changed them last`);
    }
    if (this.flags.json) await this.print.rows(allPages(census), PAGES_VIEW);
    else {
      const canvas = await this.canvas();
      await this.print.lines(() => mapLines(escapeControls(store), census, view, canvas));
    }
    this.requireSound(store, look);
  }
}
