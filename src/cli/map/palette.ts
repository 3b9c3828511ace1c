/** The colours and letters of maps: those of Okabe and Ito, and viridis, which colour-blind people can tell apart. */
import { type MapView, PAGE_KINDS, type PageKind } from '../../engine/index.js';

/** How a class of pages looks: with many colours, with 16, and without any. */
export interface Look {
  readonly colour: string;
  readonly plainColour: PlainColour;
  readonly letter: string;
}

export type PlainColour =
  'white' | 'cyan' | 'blue' | 'yellow' | 'magenta' | 'green' | 'gray' | 'red' | 'cyanBright' | 'greenBright';

const KINDS: Readonly<Record<PageKind, Look>> = {
  unknown: { colour: '#666666', plainColour: 'gray', letter: '?' },
  superblock: { colour: '#a8a8a8', plainColour: 'white', letter: 'S' },
  leaf: { colour: '#56b4e9', plainColour: 'cyan', letter: 'L' },
  internal: { colour: '#0072b2', plainColour: 'blue', letter: 'I' },
  'history-leaf': { colour: '#f0e442', plainColour: 'yellow', letter: 'h' },
  'history-internal': { colour: '#e69f00', plainColour: 'yellow', letter: 'H' },
  value: { colour: '#009e73', plainColour: 'green', letter: 'v' },
  catalogue: { colour: '#cc79a7', plainColour: 'magenta', letter: 'C' },
  free: { colour: '#c9c9c9', plainColour: 'gray', letter: '.' },
  leaked: { colour: '#8c6d46', plainColour: 'gray', letter: '~' },
  unreadable: { colour: '#d55e00', plainColour: 'red', letter: '#' },
};

/** From dark to bright. */
export const VIRIDIS = [
  '#440154',
  '#482878',
  '#3e4a89',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6dcd59',
  '#b4de2c',
  '#fde725',
] as const;

const TABLES: readonly [string, PlainColour][] = [
  ['#56b4e9', 'cyan'],
  ['#e69f00', 'yellow'],
  ['#009e73', 'green'],
  ['#cc79a7', 'magenta'],
  ['#0072b2', 'blue'],
  ['#f0e442', 'cyanBright'],
  ['#d55e00', 'red'],
  ['#000000', 'white'],
];
const NONE: Look = { colour: '#c9c9c9', plainColour: 'gray', letter: '.' };
const OTHERS: Look = { colour: '#8c6d46', plainColour: 'greenBright', letter: '*' };

/** How the classes of a view look, in their order. */
export function looksOf(view: MapView, names: readonly string[]): Look[] {
  if (view === 'kind') return PAGE_KINDS.map((kind) => KINDS[kind]);
  if (view === 'table') return names.map((name, index) => tableLook(name, index));
  return names.map((_, step) => {
    const colour = VIRIDIS[step];
    return colour === undefined ? NONE : { colour, plainColour: 'white', letter: step.toString() };
  });
}

function tableLook(name: string, index: number): Look {
  if (name === 'no table') return NONE;
  if (name === 'other tables') return OTHERS;
  const [colour, plainColour] = TABLES[index % TABLES.length] as [string, PlainColour];
  return { colour, plainColour, letter: String.fromCharCode('a'.charCodeAt(0) + index) };
}
