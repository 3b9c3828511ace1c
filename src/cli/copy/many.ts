/** What commands that copy say of several stores. */
import type { ManyView } from '../many/view.js';
import { escapeControls } from '../text/escape.js';
import { counted, grouped } from '../text/counts.js';

export const upgradeView: ManyView = {
  verdict: 'were not upgraded',
  line: (store, result) => {
    const { fromFormat, toFormat, pagesAfter } = result as Record<string, number>;
    const text = fromFormat === toFormat ? 'nothing to do, it has' : 'upgraded to';
    return escapeControls(`${store}: ${text} format ${toFormat}, ${counted(pagesAfter ?? 0, 'page', 'pages')}`);
  },
};

export const backupView: ManyView = {
  verdict: 'have no backup',
  line: (store, result) => {
    const { position, pages, bytes } = result as Record<string, number>;
    const size = `${counted(pages ?? 0, 'page', 'pages')} (${grouped(bytes ?? 0)} bytes)`;
    return escapeControls(`${store}: a copy as of position ${position}, ${size}`);
  },
};
