/** The figures of a report, as JSON. */
import { basename } from 'node:path';
import {
  FINDING_CODES,
  FINDING_KINDS,
  type EntryFigures,
  type Finding,
  type FindingCode,
  type PageCensus,
  type SpreadFigures,
  type StoreLook,
  type TableFigures,
  type VerifyReport,
} from '../../engine/index.js';
import { escapeBytes, escapeControls } from '../text/escape.js';
import type { JsonValue } from '../text/json.js';
import { codesFound, nextSteps } from '../verify/next-steps.js';
import { readableLines } from '../verify/readable.js';
import { HARMFUL_NUMBERS, pagesPerCell } from './map-columns.js';

export interface ReportOptions {
  /** Whether keys and values may be in it. */
  readonly showData: boolean;
  /** The path of the store; only its name is in the report. */
  readonly store: string;
}

const TABLES_MAX = 1000;
const LONGEST_KEY = 120;
const USES = ['values', 'keys', 'history', 'overhead', 'free'] as const;

export function figuresJson(look: StoreLook, { showData, store }: ReportOptions): Record<string, JsonValue> {
  const { report, census, figures } = look;
  const { findings } = report;
  const name = basename(store);
  const total = figures?.total;
  return {
    showData,
    isWhole: report.severities.corrupt === 0,
    ...storeJson(look),
    perCell: pagesPerCell(census),
    tableIds: census.records.map(({ id }) => id.toString()),
    codes: Object.fromEntries(FINDING_CODES.map((code, index) => [index + 1, code])),
    harmful: HARMFUL_NUMBERS,
    harmedPages: countHarmed(census),
    findings: findings.map((finding) => findingJson(finding, showData)),
    findingKinds: codesFound(report).map((code) => kindJson(code, report)),
    nextSteps: nextSteps(name, report).map(escapeControls),
    // The commands that read what is readable have keys in them.
    readable: showData ? readableLines(name, report).map(escapeControls) : [],
    tables: figures?.tables.slice(0, TABLES_MAX).map(tableJson) ?? [],
    tableCount: figures?.tables.length ?? 0,
    total:
      total === undefined ? null : { rows: total.rows, keys: total.keys, versions: total.versions, fill: total.fill },
    bytesByUse: total?.bytes ? USES.map((name) => ({ name, count: total.bytes?.[name] ?? 0 })) : null,
    spread: spreadJson(figures?.spread ?? null),
    positions: figures?.positions.map((part) => ({ ...part })) ?? [],
    hottest: figures?.hottest?.map((entry) => entryJson(entry, showData)) ?? null,
    largest: figures?.largest?.map((entry) => entryJson(entry, showData)) ?? null,
  };
}

function countHarmed({ damage }: PageCensus): number {
  let count = 0;
  for (const number of damage.worst) if (number !== 0 && HARMFUL_NUMBERS.includes(number)) count++;
  return count;
}

function storeJson({ report, census, format }: StoreLook): Record<string, JsonValue> {
  const { content } = census;
  const isHashKnown = content?.appliedHash.some((byte) => byte !== 0) === true;
  return {
    bytes: report.bytes,
    pages: census.pages,
    format,
    position: report.appliedPosition,
    hash: isHashKnown ? Buffer.from(content.appliedHash).toString('hex') : null,
  };
}

function spreadJson(spread: SpreadFigures | null): JsonValue {
  if (spread === null) return null;
  const { fill, versions, valueBytes } = spread;
  return { fill, versions: versions.map((step) => ({ ...step })), valueBytes: valueBytes.map((step) => ({ ...step })) };
}

function kindJson(code: FindingCode, { codes }: VerifyReport): JsonValue {
  const { severity, meaning } = FINDING_KINDS[code];
  return { code, severity, meaning, count: codes[code] ?? 0 };
}

function findingJson({ code, page, path, message, table }: Finding, showData: boolean): JsonValue {
  // A sentence can name a key, or bytes of a page.
  const isTelling = /["']|0x/.test(message);
  const said = showData || !isTelling ? escapeControls(message) : null;
  return { code, page, path, table: table?.toString() ?? null, message: said };
}

function tableJson({ id, rows, keys, versions, height, pages, oldest, lastChanged, fill }: TableFigures): JsonValue {
  return { id: id.toString(), rows, keys, versions, height, pages: pages.total, oldest, lastChanged, fill };
}

function entryJson({ table, key, versions, bytes }: EntryFigures, showData: boolean): JsonValue {
  const text = Array.from(escapeBytes(key)).slice(0, LONGEST_KEY).join('');
  return { table: table.toString(), key: showData ? text : null, versions, bytes };
}
