import { boolean, string } from '@oclif/core/flags';
import { CompleteFile, nodeFiles, type StoreLook } from '../engine/index.js';
import { requirePath, storeArg } from '../cli/input/args.js';
import { LookCommand } from '../cli/look/look-command.js';
import { beforeSignalEnds } from '../cli/signals.js';
import { reportPieces } from '../cli/report/page.js';
import { counted } from '../cli/text/counts.js';
import { escapeControls } from '../cli/text/escape.js';

const FINDINGS_MAX = 200;

export default class Report extends LookCommand<typeof Report> {
  static override readonly summary = 'Write a report to look at in a browser.';
  static override readonly description =
    'Writes one HTML file that loads nothing from anywhere: what verify-pages finds and what to do about it, a map of the pages to zoom and hover, tables, trees that open level by level, how full pages are, how many versions keys have, how large values are, what each range of positions wrote, and the bytes of chosen pages with what they are. Keys and values are in it only with --show-data: without it the file can be given to others. A damaged store has a report, too; exit codes are those of verify-pages.';
  static override readonly examples = [
    '<%= config.bin %> report store.kmb --output store.html',
    {
      description: 'With keys and values, in the place of an earlier one:',
      command: '<%= config.bin %> report store.kmb --output store.html --show-data --force',
    },
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = {
    output: string({
      description: 'The file to write; it appears when it is complete.',
      helpValue: 'FILE',
      required: true,
      parse: (path) => Promise.resolve(requirePath(path, '--output')),
    }),
    'show-data': boolean({ description: 'Keys and values may be in it.' }),
    force: boolean({ description: 'Replace FILE where it is there.' }),
  };

  async run(): Promise<void> {
    const { store } = this.args;
    const { output, force, 'show-data': showData } = this.flags;
    const file = new CompleteFile({ files: nodeFiles, path: output, others: [store], force });
    const forget = beforeSignalEnds(() => void file.release());
    try {
      const look = await this.look(store, { figures: true, findingsMax: FINDINGS_MAX });
      await this.#tell(look, file.complete(reportPieces(look, { showData, store })));
      this.requireSound(store, look);
    } finally {
      forget();
      file.release();
    }
  }

  async #tell({ census, report }: StoreLook, bytes: number): Promise<void> {
    const { output } = this.flags;
    const { pages } = census;
    const text = `${escapeControls(output)}: a report about ${counted(pages, 'page', 'pages')}`;
    await this.print.result({ output, bytes, pages, findings: report.findings.length }, text);
  }
}
