/** A report: one file with all that it needs, which loads nothing and sends nothing. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { StoreLook } from '../../engine/index.js';
import { counted, grouped } from '../text/counts.js';
import { escapeControls } from '../text/escape.js';
import { type JsonValue, toJson } from '../text/json.js';
import { summary } from '../verify/text.js';
import { columnElement, textElement } from './columns.js';
import { figuresJson, type ReportOptions } from './figures.js';
import { inspectedJson, pagesToInspect } from './inspected.js';
import { joinModules } from './modules.js';
import { mapColumns } from './map-columns.js';
import { treeColumns } from './tree-columns.js';

/** In the order in which each needs only those before it. */
const MODULES = ['dom', 'data', 'pages', 'map', 'trees', 'charts', 'bytes', 'main'];

/** The text of the report, in pieces. */
export function* reportPieces(look: StoreLook, { showData, store }: ReportOptions): Generator<string, void> {
  const { census, report } = look;
  const map = mapColumns(census);
  const trees = treeColumns(look, showData);
  const data = { ...figuresJson(look, { showData, store }), views: map.views, ...trees.figures };
  const inspected = pagesToInspect(census, report.findings).map((page) => inspectedJson(store, census, page, showData));
  const style = asset('report.css');
  const script = joinModules(MODULES.map((name) => asset(`${name}.js`)));
  const values: Readonly<Record<string, string>> = {
    csp: policyOf(script, style),
    title: html(basename(store)),
    verdict: html(report.ok ? summary(report) : `not sound: ${summary(report)}`),
    verdictClass: report.ok ? 'sound' : 'unsound',
    lead: html(leadOf(look)),
    footer: html(footerOf(showData)),
    style: `<style>${style}</style>`,
    data: `<script type="application/json" id="data">${scriptJson(data)}</script>`,
    columns: '',
    script: `<script>${script}</script>`,
  };
  for (const piece of asset('page.html').split(/(\{\{\w+\}\})/)) {
    const name = /^\{\{(\w+)\}\}$/.exec(piece)?.[1];
    if (name === 'columns') {
      for (const [column, numbers] of Object.entries({ ...map.columns, ...trees.columns })) {
        yield columnElement(column, numbers);
      }
      yield textElement('inspected', toJson(inspected));
    } else yield name === undefined ? piece : (values[name] ?? '');
  }
}

function leadOf({ census, report }: StoreLook): string {
  const position = report.appliedPosition === null ? '' : `, as of position ${grouped(report.appliedPosition)}`;
  return `${counted(census.pages, 'page', 'pages')}, ${grouped(report.bytes)} bytes${position}`;
}

function footerOf(showData: boolean): string {
  const data = showData ? 'It has keys and values of the store in it.' : 'No key and no value of the store is in it.';
  return `Made by kmb-store report. This file loads nothing and sends nothing. ${data}`;
}

/** Nothing may be loaded or run but what is in the file. */
function policyOf(script: string, style: string): string {
  const sources = [`script-src ${hashOf(script)}`, `style-src ${hashOf(style)}`, 'img-src data:'];
  return ["default-src 'none'", ...sources, "base-uri 'none'", "form-action 'none'"].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** JSON in which nothing can end the element that it is in. */
function scriptJson(value: JsonValue): string {
  return toJson(value).replace(/</g, '\\u003c');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function html(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Files that the browser gets are read where this module is: the build puts them beside it. */
function asset(name: string): string {
  return readFileSync(new URL(`./browser/${name}`, import.meta.url), 'utf8');
}
