/**
 * A reader of the text format of Prometheus as strict as promtool: names, help and type before the samples of a name,
 * no name twice, no sample twice, a line end at the end.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN)$`);

/** @throws Error at the first line that is not as it should be */
export function readPrometheus(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let helped = '';
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, about = ''] = /^# (HELP|TYPE) (\S+) ./.exec(line) ?? [];
    if (kind === 'HELP') helped = about;
    else if (kind === 'TYPE') {
      if (about !== helped || seen.has(`# ${about}`)) throw new Error(`type without help, or twice: ${line}`);
      if (!/ (gauge|counter)$/.test(line)) throw new Error(`no type: ${line}`);
      seen.add(`# ${about}`);
      current = about;
    } else samples.push(readSample(line, current, seen));
  }
  return samples;
}

function readSample(line: string, current: string, seen: Set<string>): Sample {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '' || name !== current) throw new Error(`not a sample of ${current}: ${line}`);
  const identity = `${name}{${labels}}`;
  if (seen.has(identity)) throw new Error(`twice: ${identity}`);
  seen.add(identity);
  const pairs = [...labels.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', content = '']) => [
    label,
    content.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
  ]);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
}
