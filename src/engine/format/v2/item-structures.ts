/**
 * Items of format 2 whose keys are more than bytes, for whoever shows them field by field: what they are made of is
 * defined in structures.ts.
 */
import { type FieldSpec, structure } from '../../bytes/field-structure.js';
import { HISTORY_SUFFIX } from '../page-types.js';
import { RECORD_HEADER } from './structures.js';

const RECORD_KIND = RECORD_HEADER.fields[0] as FieldSpec;

/** An item of a history leaf up to its events, the first of which is its marker. */
export const RUN = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'of the key and the position after it' },
  key: { type: 'text', size: 'keyLength', less: HISTORY_SUFFIX, label: 'key', meaning: '' },
  from: { type: 'u64be', label: 'from', meaning: 'position of its oldest event' },
  eventCount: { type: 'u16', label: 'event count', meaning: 'events that follow, newest first, the marker included' },
});

/** The other items of an internal page of a history tree. */
export const RUN_SEPARATOR = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'of the key and the position after it' },
  key: { type: 'text', size: 'keyLength', less: HISTORY_SUFFIX, label: 'key', meaning: '' },
  from: { type: 'u64be', label: 'from', meaning: 'the least position of the key that the child may hold' },
  child: { type: 'u64', label: 'child page id', meaning: 'runs from the separator on' },
});

/** An item of a catalogue leaf up to its event, whose value is the body of a record. */
export const RECORD_ITEM = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: '9' },
  kind: RECORD_KIND,
  id: { type: 'u64be', label: 'record id', meaning: 'table id, or the number of the group' },
  eventCount: { type: 'u16', label: 'event count', meaning: '1' },
});

/** The other items of an internal page of the catalogue tree. */
export const RECORD_SEPARATOR = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'at most 9' },
  recordKey: { type: 'hex', size: 'keyLength', label: 'record key', meaning: 'kind and id, or the beginning of both' },
  child: { type: 'u64', label: 'child page id', meaning: 'records from the separator on' },
});

/** How the bytes of a value begin in the first page of its extent. */
export const VALUE_KEY = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'at most 1024' },
  key: { type: 'text', size: 'keyLength', label: 'key', meaning: 'whose value it is' },
});
