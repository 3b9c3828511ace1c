import { requiredArg, storeArg } from '../cli/input/args.js';
import { createFlags } from '../cli/input/flags.js';
import { withInput } from '../cli/input/input.js';
import { Progress } from '../cli/output/progress.js';
import { StoreCommand } from '../cli/store-command.js';
import { commitBatch, nextBatch } from '../cli/store/commit-batch.js';
import { readOperations } from '../cli/store/read-operations.js';

export default class Apply extends StoreCommand<typeof Apply> {
  static override readonly summary = 'Apply one batch of operations.';
  static override readonly description =
    'Applies the operations of a file as one batch at the next position of the log: all of them, or none. One operation per line, as in the "ops" of a log. Creates the store if there is none.';
  static override readonly examples = [
    '<%= config.bin %> apply store.kmb ops.ndjson',
    {
      description: 'Operations from standard input; each names its table:',
      command: `echo '{"op":"put","table":1,"key":"user:3","value":"Grace"}' | <%= config.bin %> apply store.kmb -`,
    },
  ];
  static override readonly args = {
    store: storeArg('Path of the store; made if it is not there.'),
    ops: requiredArg('File of operations; - is standard input.'),
  };
  static override readonly flags = createFlags;

  async run(): Promise<void> {
    const { args } = this;
    const progress = new Progress(this.style);
    const done = await withInput(args.ops, (input) =>
      this.withStore(args.store, 'create', async (store) => {
        const batch = nextBatch(store);
        await readOperations(input, batch, progress);
        return { position: await commitBatch(store, batch, progress), operations: batch.operationCount };
      }),
    ).finally(() => {
      progress.stop();
    });
    await this.print.committed(done.position, done, `position ${done.position}, operations ${done.operations}`);
  }
}
