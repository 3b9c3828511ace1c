/** What SARIF 2.1.0 asks of a log, as far as ours go: the objects that we write, and no other property. */
import { Ajv2020 } from 'ajv/dist/2020.js';

const text = { type: 'string', minLength: 1 };
const level = { enum: ['none', 'note', 'warning', 'error'] };
const bag = { type: 'object' };

function object(required: readonly string[], properties: Record<string, unknown>): Record<string, unknown> {
  return { type: 'object', required, properties, additionalProperties: false };
}

const message = object(['text'], { text });
const artifactLocation = object(['uri'], { uri: { type: 'string', pattern: '^(file://)?[^\\s:]+$' } });
const region = object(['byteOffset'], {
  byteOffset: { type: 'integer', minimum: 0 },
  byteLength: { type: 'integer', minimum: 0 },
});
const location = object(['physicalLocation'], {
  physicalLocation: object(['artifactLocation'], { artifactLocation, region }),
});
const rule = object(['id'], {
  id: text,
  shortDescription: message,
  help: message,
  defaultConfiguration: object([], { level }),
});
const result = object(['message'], {
  ruleId: text,
  level,
  message,
  locations: { type: 'array', items: location },
  properties: bag,
});
const notification = object(['message'], {
  descriptor: object(['id'], { id: text }),
  level,
  message,
  locations: { type: 'array', items: location },
});
const run = object(['tool'], {
  tool: object(['driver'], {
    driver: object(['name'], {
      name: text,
      version: text,
      rules: { type: 'array', items: rule, uniqueItems: true },
    }),
  }),
  invocations: {
    type: 'array',
    items: object(['executionSuccessful'], {
      executionSuccessful: { type: 'boolean' },
      toolExecutionNotifications: { type: 'array', items: notification },
    }),
  },
  properties: bag,
  results: { type: 'array', items: result },
});
const validate = new Ajv2020({ allErrors: true }).compile(
  object(['version', 'runs'], {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: { type: 'array', items: run },
  }),
);

/** What is wrong with a log. */
export function sarifProblems(log: unknown): string[] {
  validate(log);
  return (validate.errors ?? []).map(({ instancePath, message: problem }) => `${instancePath} ${problem ?? ''}`);
}
