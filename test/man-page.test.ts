/** The man page is what mdoc asks for, and has every command with all its flags. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandIds, loadCommand } from './commands/support/cli.js';

const page = fileURLToPath(new URL('../man/kmb-store.1', import.meta.url));

describe('the man page', () => {
  it('has every command, with all its flags', async () => {
    const sections = readFileSync(page, 'utf8').split(/^\.Ss /m);
    for (const id of commandIds) {
      const section = sections.find((text) => text.startsWith(`${id}\n`)) ?? '';
      expect(section, id).to.not.equal('');
      const { flags, baseFlags } = await loadCommand(id);
      for (const flag of Object.keys({ ...flags, ...baseFlags })) expect(section).to.contain(`.It Fl \\-${flag}`);
    }
  });

  it('has nothing that mandoc warns of', function () {
    const { error, stdout, status } = spawnSync('mandoc', ['-Tlint', page], { encoding: 'utf8' });
    if (error !== undefined) this.skip();
    expect(stdout).to.equal('');
    expect(status).to.equal(0);
  });

  it('shows the examples and the exit codes as they are written', function () {
    const { error, stdout } = spawnSync('mandoc', ['-Tascii', '-Owidth=200', page], { encoding: 'utf8' });
    if (error !== undefined) this.skip();
    // Bold is a letter over itself.
    // eslint-disable-next-line no-control-regex
    const shown = stdout.replaceAll(/.\x08/g, '');
    expect(shown)
      .to.contain('kmb-store get store.kmb user:1 --table 1')
      .and.match(/70 +a bug in kmb-store/);
  });
});
