/** SARIF 2.1.0: a result a finding, at its bytes in the file of the store. */
import { FINDING_KINDS, PAGE_SIZE } from '../../../engine/index.js';
import { toJson, type JsonValue } from '../../text/json.js';
import type { StoreOutcome } from '../outcome.js';
import { findingsOf, type TellingFinding } from './findings.js';
import type { ManyReport, ReportOptions } from './report.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS = { corrupt: 'error', torn: 'error', leak: 'warning', odd: 'note' } as const;

export function sarifReport({ print, version }: ReportOptions): ManyReport {
  const results: JsonValue[] = [];
  const notifications: JsonValue[] = [];
  return {
    add: (outcome) => {
      const findings = findingsOf(outcome.result);
      results.push(...findings.map((finding) => resultOf(outcome.store, finding)));
      if (findings.length === 0) notifications.push(...notificationsOf(outcome));
      return Promise.resolve();
    },
    end: (summary) => {
      const isWhole = notifications.length === 0;
      const run = {
        tool: { driver: { name: 'kmb-store', version, rules: rules() } },
        invocations: [{ executionSuccessful: isWhole, toolExecutionNotifications: notifications }],
        properties: { stores: summary.stores, failed: summary.failed },
        results,
      };
      return print.line(toJson({ $schema: SCHEMA, version: '2.1.0', runs: [run] }));
    },
  };
}

function rules(): JsonValue[] {
  return Object.entries(FINDING_KINDS).map(([id, { severity, meaning, remedy }]) => ({
    id,
    shortDescription: { text: meaning },
    help: { text: remedy },
    defaultConfiguration: { level: LEVELS[severity] },
  }));
}

function resultOf(store: string, { code, severity, page, message, offset }: TellingFinding): JsonValue {
  const place =
    offset === undefined
      ? { byteOffset: page * PAGE_SIZE, byteLength: PAGE_SIZE }
      : { byteOffset: page * PAGE_SIZE + offset };
  return {
    ruleId: code,
    level: LEVELS[severity],
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(store) }, region: place } }],
    properties: { page, severity },
  };
}

/** Of a store that could not be looked at, or only its error is known. */
function notificationsOf({ store, failure }: StoreOutcome): JsonValue[] {
  if (failure === undefined) return [];
  const { code, message } = failure;
  const location = { physicalLocation: { artifactLocation: { uri: uriOf(store) } } };
  return [{ descriptor: { id: code }, level: 'error', message: { text: message }, locations: [location] }];
}

/** A path as a reference: relative where it is, with everything escaped that has a meaning there. */
function uriOf(path: string): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${escaped}` : escaped;
}
