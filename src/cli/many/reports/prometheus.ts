/**
 * Figures in the text format of Prometheus, for the textfile collector of its node exporter: all samples of a name
 * together, under their help and type.
 */
import type { StoreOutcome } from '../outcome.js';
import type { Metric } from './metrics.js';
import type { ManyReport, ReportOptions } from './report.js';

const PREFIX = 'kmb_store';

export function prometheusReport({ print, view, command }: ReportOptions): ManyReport {
  const families = new Map<string, { readonly help: string; readonly samples: string[] }>();
  const add = ({ name, help, value, labels = {} }: Metric): void => {
    const family = families.get(name) ?? { help, samples: [] };
    families.set(name, family);
    const text = Object.entries(labels).map(([label, content]) => `${label}="${escapeLabel(content)}"`);
    family.samples.push(`${PREFIX}_${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value}`);
  };
  return {
    add: (outcome) => {
      const labels = { store: outcome.store };
      const figures = outcome.result === undefined ? [] : (view.metrics?.(outcome.result) ?? []);
      for (const metric of [...commonMetrics(outcome, command), ...figures]) {
        add({ ...metric, labels: { ...labels, ...metric.labels } });
      }
      return Promise.resolve();
    },
    end: async ({ stores, failed }) => {
      add({ name: 'stores', help: 'Stores that were asked about.', value: stores });
      add({ name: 'stores_failed', help: 'Stores among them with an exit code above 0.', value: failed });
      add({ name: 'run_time_seconds', help: 'When this was written, in seconds since 1970.', value: now() });
      for (const [name, { help, samples }] of families) {
        await print.line(`# HELP ${PREFIX}_${name} ${help}`);
        await print.line(`# TYPE ${PREFIX}_${name} gauge`);
        for (const sample of samples) await print.line(sample);
      }
    },
  };
}

function commonMetrics({ failure, seconds }: StoreOutcome, command: string): Metric[] {
  const labels = { command };
  return [
    {
      name: 'exit_code',
      help: 'Exit code of the command for this store alone; 0 is well.',
      value: failure?.exitCode ?? 0,
      labels,
    },
    { name: 'seconds', help: 'How long it took.', value: seconds.toFixed(3), labels },
  ];
}

const now = (): number => Math.round(Date.now() / 1000);

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
