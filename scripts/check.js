// Builds, and then checks everything that is no test, in two rows side by side: they are about equally long, and most
// machines have two cores. What a row prints comes out when it has ended.
import { spawn } from 'node:child_process';

const ROWS = [['lint'], ['typecheck', 'format:check', 'generate:check', 'package:check']];

/** Runs a script of package.json. Gives its exit code, and what it printed. */
function run(script) {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => printed.push(bytes));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, printed: Buffer.concat(printed) }));
  });
}

/** Runs scripts one after another, until one fails. */
async function runRow(scripts) {
  for (const script of scripts) {
    const { code, printed } = await run(script);
    process.stdout.write(printed);
    if (code === 0) continue;
    console.error(`${script} failed`);
    process.exitCode = 1;
    return;
  }
}

await runRow(['build']);
if (process.exitCode === undefined) await Promise.all(ROWS.map(runRow));
