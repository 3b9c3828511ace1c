import { UsageError } from '../cli-error.js';

const NOT_UTF8 = /[\ufffd\p{Surrogate}]/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

const KEY_HINT = 'write it in hex with --key-hex';
const VALUE_HINT = 'write it in hex with --value-hex, or in a file with --value-file';

/** The bytes of a key: the UTF-8 text of the argument or flag `name`, or with `hex` its hex digits. */
export function parseKey(text: string, name: string, hex: boolean): Uint8Array {
  return hex ? parseHex(text, name) : Buffer.from(requireText(text, name, KEY_HINT));
}

/** The bytes of VALUE. */
export function parseValue(text: string, hex: boolean): Uint8Array {
  return hex ? parseHex(text, 'VALUE') : Buffer.from(requireText(text, 'VALUE', VALUE_HINT));
}

/**
 * The text itself, if it is what was typed. Node hands over U+FFFD for every byte that is not UTF-8, so such an
 * argument may have lost what it said.
 */
export function requireText(text: string, name: string, hint: string): string {
  if (!NOT_UTF8.test(text)) return text;
  throw new UsageError(
    'NOT_UTF8',
    `${name} is not valid UTF-8: ${text.replace(LONE_SURROGATES, '\ufffd')}`,
    { name },
    hint,
  );
}

function parseHex(text: string, name: string): Uint8Array {
  const fault = hexFault(text);
  if (fault === undefined) return Buffer.from(text, 'hex');
  throw new UsageError('INVALID_HEX', `${name} is not hex, ${fault}: ${text}`, { name, text });
}

function hexFault(text: string): string | undefined {
  if (!/^[0-9a-fA-F]*$/.test(text)) return 'it has other characters than 0-9 a-f';
  return text.length % 2 === 0 ? undefined : 'it has an odd number of digits';
}
