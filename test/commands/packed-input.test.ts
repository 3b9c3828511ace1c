/** Logs and operations that are not plain JSON Lines: unpacked, or refused by what they are. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib, { gzipSync } from 'node:zlib';
import { runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

const LOG = '{"position":1,"ops":[{"op":"put","table":1,"key":"k","value":"v"}]}\n{"position":2,"ops":[]}\n';
/** The same log, packed by zstd. */
const ZSTD_LOG = Buffer.from(
  'KLUv/SBcLQIAMgQOFKBXY2TEzkU8Wj95r0owcSRAlfgR45FgPPJu54al0sbReWGQSUNZ44vt+epOyNXqCOSEnnWU7i4DAEAIjsDjoFVk',
  'base64',
);
const OPS = '{"op":"put","table":1,"key":"k","value":"v"}\n';

describe('packed input', () => {
  it('is unpacked where it is gzip, of one part or several, from a file and from standard input', () =>
    withTempFolder(async (cwd) => {
      const packed = Buffer.concat(LOG.split(/(?<=\n)/).map((line) => gzipSync(line)));
      writeFileSync(join(cwd, 'log'), packed);
      for (const [store, log] of [
        ['a.kmb', 'log'],
        ['b.kmb', '-'],
      ] as const) {
        const { code, stderr } = await runCli(['replay', store, log], { cwd, stdin: packed });
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      }
      expect((await runCli(['apply', 'a.kmb', '-'], { cwd, stdin: gzipSync(OPS) })).code).to.equal(0);
    }));

  it('of many chunks makes the same store as the log as it is', () =>
    withTempFolder(async (cwd) => {
      const value = 'v'.repeat(3000);
      const lines = Array.from({ length: 900 }, (_, index) => {
        const ops = [{ op: 'put', table: 1, key: `key ${index}`, value: `${index} ${value}` }];
        return `${JSON.stringify({ position: index + 1, ops })}\n`;
      });
      const log = lines.join('');
      writeFileSync(join(cwd, 'log'), log);
      writeFileSync(join(cwd, 'packed'), gzipSync(log));
      for (const input of ['log', 'packed']) {
        const { code, stderr } = await runCli(['replay', `${input}.kmb`, input], { cwd });
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      }
      const verified = await runCli(['verify-log', 'log.kmb', 'log'], { cwd });
      expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
      expect(readFileSync(join(cwd, 'log.kmb')).equals(readFileSync(join(cwd, 'packed.kmb')))).to.equal(true);
    }));

  it('that is cut off or damaged is exit code 6', () =>
    withTempFolder(async (cwd) => {
      for (const bytes of [gzipSync(LOG).subarray(0, -12), Buffer.from('1f8b0800ffff', 'hex')]) {
        const { code, stderr } = await runCli(['replay', 's.kmb', '-'], { cwd, stdin: bytes });
        expect(stderr).to.match(/^kmb-store: cannot unpack standard input: /);
        expect(code).to.equal(6);
      }
    }));

  it('is unpacked where it is zstd and Node.js can, else exit code 6 says what does', () =>
    withTempFolder(async (cwd) => {
      const { code, stdout, stderr } = await runCli(['replay', 's.kmb', '-'], { cwd, stdin: ZSTD_LOG });
      if ('createZstdDecompress' in zlib) {
        expect(stdout).to.match(/^applied 2 batches with 1 operation,/);
      } else {
        expect(code).to.equal(6);
        expect(stderr).to.match(/is packed by zstd.*\nhint: zstd -dc/);
      }
    }));

  it('is not unpacked where it is a value', () =>
    withTempFolder(async (cwd) => {
      const bytes = gzipSync('v');
      expect((await runCli(['put', 's.kmb', 'k', '--value-file', '-'], { cwd, stdin: bytes })).code).to.equal(0);
      expect((await runCli(['get', 's.kmb', 'k', '--raw'], { cwd })).stdoutBytes.equals(bytes)).to.equal(true);
    }));

  for (const [name, bytes, words] of [
    ['a byte order mark', Buffer.from(`\ufeff${LOG}`), /byte order mark/],
    ['UTF-16', Buffer.from(`\ufeff${LOG}`, 'utf16le'), /UTF-16.*\n.*iconv/],
    ['UTF-16 without a mark', Buffer.from(LOG, 'utf16le'), /UTF-16.*\n.*iconv/],
    ['CSV', Buffer.from('position,key,value\n1,k,v\n'), /CSV/],
    ['quoted CSV', Buffer.from('"key";"value"\n'), /CSV/],
    ['a JSON array', Buffer.from('[{"position":1,"ops":[]}]\n'), /JSON array.*\n.*jq -c/],
    ['an indented JSON array', Buffer.from('\n [\n  {}]\n'), /JSON array.*\n.*jq -c/],
    ['an indented object', Buffer.from('{\r\n  "position": 1,\r\n  "ops": []\r\n}\r\n'), /several lines.*\n.*jq -c/],
    ['xz', Buffer.from('fd377a585a00', 'hex'), /xz.*\n.*xz -dc/],
  ] as const) {
    it(`${name} is named and refused with what to do, by replay and apply`, () =>
      withTempFolder(async (cwd) => {
        for (const command of ['replay', 'apply']) {
          const { code, stderr } = await runCli([command, 's.kmb', '-'], { cwd, stdin: bytes });
          expect({ code, command }).to.deep.equal({ code: 4, command });
          expect(stderr).to.match(words).and.contain('\nhint: ');
        }
      }));
  }

  it('a line that is no JSON is told by byte, not by position', () =>
    withTempFolder(async (cwd) => {
      const { stderr } = await runCli(['replay', 's.kmb', '-'], { cwd, stdin: '{"position":1,"ops":[]}x\n' });
      expect(stderr).to.contain('at byte 24 of the line').and.not.contain('at position');
    }));
});
