import type { Command } from '@oclif/core/command';
import type { FileInspection } from '../../engine/index.js';
import { dumpLines, dumpNotes, problemsFound } from './dump-view.js';
import { inspectionJson } from './json.js';
import { toJson } from '../text/json.js';
import { StoreCommand } from '../store-command.js';

/** What the commands share that show a page as it stands in the file. */
export abstract class DumpCommand<T extends typeof Command> extends StoreCommand<T> {
  /**
   * Prints a page in the form that was asked for, says what to know about it, and ends with a clean no when something
   * is wrong with it.
   */
  protected async show(inspection: FileInspection, path: string, form: 'fields' | 'hex' | 'raw'): Promise<void> {
    const hex = form === 'hex';
    for (const { code, message } of dumpNotes(inspection, path)) this.print.note(code, message);
    if (form === 'raw') await this.print.bytes(inspection.bytes);
    else if (this.style.json) await this.print.line(toJson(inspectionJson(inspection, hex)));
    else await this.print.lines((paint, columns) => dumpLines(inspection, path, { hex, paint, columns }));
    const problem = problemsFound(inspection, path);
    if (problem !== undefined) throw problem;
  }
}
