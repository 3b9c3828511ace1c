// Replays a small log of real data, the member states of the European Union and their currencies, and asks the store about it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const log = fileURLToPath(new URL('eu-members.ndjson', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'kmb-store-demo-'));

function show(title, ...args) {
  console.log(`\n# ${title}\n$ kmb-store ${args.join(' ').replace(log, 'examples/eu-members.ndjson')}`);
  const { status } = spawnSync(process.execPath, [command, ...args], { cwd: directory, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

try {
  show(
    'One batch an event: table 1 has the members by country code, table 2 the events by date',
    'replay',
    'eu.kmb',
    log,
  );
  show('Croatia now', 'get', 'eu.kmb', 'HR', '--table', '1');
  show('Croatia after batch 13, when it joined', 'get', 'eu.kmb', 'HR', '--table', '1', '--at', '13');
  show('The first members, in 1958', 'scan', 'eu.kmb', '--table', '1', '--at', '1');
  show(
    'Every version of one key: the United Kingdom joined with batch 2 and left with batch 16',
    'history',
    'eu.kmb',
    'GB',
    '--table',
    '1',
  );
  show('What happened from 2013 on', 'scan', 'eu.kmb', '--table', '2', '--from', '2013');
  show('The same as JSON, newest first', 'scan', 'eu.kmb', '--table', '2', '--reverse', '--limit', '2', '--json');
} finally {
  rmSync(directory, { recursive: true });
}
