/** Damage that ends a command, with the way to go on. */
import { type Fact, type Facts, StoreError } from '../engine/index.js';
import { isDamage } from '../engine/errors.js';
import { escapeBytes } from './text/escape.js';
import { byteFields } from './text/json.js';
import { keysText } from './text/keys.js';
import { shellWord } from './text/shell.js';

/**
 * The error that damage ends a command in, with the store's path, the keys that are out of reach and who can say more.
 * Any other error stays as it is.
 */
export function damageIn(opened: string, error: unknown): unknown {
  if (!(error instanceof StoreError) || !isDamage(error)) return error;
  const { code, message, facts } = error;
  // Of two open stores the error itself says which one it is about.
  const path = typeof facts['path'] === 'string' ? facts['path'] : opened;
  const sentence = [message.startsWith(`${path}: `) ? message : `${path}: ${message}`, ...outOfReach(facts)].join('; ');
  const verify = `kmb-store verify-pages ${shellWord(path)} says what is damaged, and what to do`;
  const hint = error.hint ?? [...wayPast(path, facts), verify].join('; ');
  return new StoreError(code, sentence, { path, ...withKeyFields(facts) }, hint, { cause: error });
}

/** Which keys, and of which table. */
function outOfReach({ table, fromKeyHex, toKeyHex, tree }: Facts): string[] {
  if (table === undefined || fromKeyHex === undefined || toKeyHex === undefined) return [];
  const what = tree === 'history' ? 'older versions of ' : '';
  const keys = keysText({ from: bytesOf(fromKeyHex), to: bytesOf(toKeyHex) });
  return [`out of reach: ${what}${keys} of table ${String(table)}`];
}

/** Keys as they are in all JSON: text where they are. */
function withKeyFields({ fromKeyHex, toKeyHex, ...facts }: Facts): Facts {
  return { ...facts, ...keyField('fromKey', fromKeyHex), ...keyField('toKey', toKeyHex) };
}

function keyField(name: string, hex: Fact | undefined): Facts {
  if (hex === undefined) return {};
  const bytes = bytesOf(hex);
  return bytes === null ? { [name]: null } : byteFields(name, bytes);
}

function bytesOf(hex: Fact): Buffer | null {
  return typeof hex === 'string' ? Buffer.from(hex, 'hex') : null;
}

/** How to get at the rows on the other side of the damage. */
function wayPast(path: string, { table, nextKeyHex, belowKeyHex }: Facts): string[] {
  const scan = `kmb-store scan ${shellWord(path)} --table ${String(table)}`;
  if (typeof nextKeyHex === 'string') return [`${scan} ${keyFlag('--from', nextKeyHex)} goes on after the damage`];
  if (typeof belowKeyHex === 'string')
    return [`${scan} ${keyFlag('--to', belowKeyHex)} prints the rows before the damage`];
  return [];
}

/** A flag with a key, as text where no shell changes it. */
export function keyFlag(flag: string, hex: string): string {
  const text = escapeBytes(Buffer.from(hex, 'hex'));
  return /^[\w.:/@+][\w.:/@+-]*$/.test(text) ? `${flag} ${text}` : `--key-hex ${flag} ${hex}`;
}
