/** A reader of XML that takes what is well-formed and nothing else, as far as test reports need it. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TOKEN = /<\?xml [^?]*\?>|<\/([\w-]+)>|<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
// eslint-disable-next-line no-control-regex -- these have no place in XML
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The root of a document. @throws Error where it is not well-formed */
export function readXml(document: string): XmlElement {
  if (FORBIDDEN.test(document)) throw new Error('a character that XML has no place for');
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of document.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const [, closed, opened, attributes = '', isEmpty, text] = match;
    const current = open.at(-1) ?? root;
    if (closed !== undefined) {
      if (open.length < 2 || current.name !== closed) throw new Error(`</${closed}> closes nothing`);
      open.pop();
    } else if (opened !== undefined) {
      const element: OpenElement = { name: opened, attributes: readAttributes(attributes), children: [], text: '' };
      current.children.push(element);
      if (isEmpty === '') open.push(element);
    } else if (text !== undefined) current.text += decode(text);
  }
  const [only] = root.children;
  if (end !== document.length || open.length > 1 || root.children.length !== 1 || only === undefined) {
    throw new Error(`not well-formed at ${end}`);
  }
  return only;
}

function readAttributes(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decode(value)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function decode(text: string): string {
  return text.replace(/&(\w*);?/g, (reference, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined || !reference.endsWith(';')) throw new Error(`no such entity: ${reference}`);
    return character;
  });
}
