import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { commentsPlugin } from './scripts/comments.js';
import { layersPlugin } from './scripts/layers.js';

const NO_DEFAULT_EXPORT = {
  selector:
    'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"], ExportAllDeclaration[exported.name="default"]',
  message: 'Only commands and configuration files have a default export.',
};

const FORMAT_NUMBER = 'The number of a format is known to src/engine/format and to whoever opens stores.';
const FORMAT_ABILITY = 'A format is asked to do something, not what it is able to do: give StoreFormat a seam.';
const ABILITY = '/^(has|is|can|uses|supports)[A-Z]/';

/** What differs between formats is behind `StoreFormat`: nobody outside asks which one it is. */
const FORMAT_QUESTIONS = [
  { selector: 'MemberExpression[property.name=/^(version|formatVersion)$/]', message: FORMAT_NUMBER },
  {
    selector: 'BinaryExpression[right.type="Literal"] > Identifier[name=/^(version|formatVersion)$/]',
    message: FORMAT_NUMBER,
  },
  {
    selector: 'BinaryExpression[left.type="Literal"] > Identifier[name=/^(version|formatVersion)$/]',
    message: FORMAT_NUMBER,
  },
  { selector: 'Identifier[name=/^FORMAT_[0-9]/]', message: FORMAT_NUMBER },
  { selector: `MemberExpression[object.name="format"][property.name=${ABILITY}]`, message: FORMAT_ABILITY },
  { selector: `MemberExpression[object.property.name="format"][property.name=${ABILITY}]`, message: FORMAT_ABILITY },
  { selector: `Property[key.name="format"] > ObjectPattern > Property[key.name=${ABILITY}]`, message: FORMAT_ABILITY },
];

const TERMINAL_PACKAGES = {
  regex: '^(@oclif/|oclif|chalk|cli-table3|ora)',
  message: 'The engine is a library: it knows nothing of the command line.',
};

const FILE_SYSTEM = {
  regex: '^(node:)?fs(/|$)',
  message: 'Inside the engine only src/engine/file touches the file system.',
};

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // `() => void call()` and `return void call()` say plainly that there is no result.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      'max-depth': ['error', 4],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { layers: layersPlugin },
    rules: {
      complexity: ['error', 20],
      'layers/downward': 'error',
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-params': 'off',
      '@typescript-eslint/max-params': ['error', { max: 6 }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'It cuts off output that is still on its way.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.js', 'scripts/**/*.js'],
    plugins: { comments: commentsPlugin },
    rules: { 'comments/width': 'error' },
  },
  {
    files: ['src/engine/**/*.ts', 'src/cli/**/*.ts'],
    // The journal has a version of its own; the other two say which format's tables work, and are copied, how.
    ignores: [
      'src/engine/format/**',
      'src/engine/journal/format.ts',
      'src/engine/inspect/anatomy.ts',
      'src/engine/store/open-store.ts',
      'src/engine/table/table-format.ts',
      'src/engine/build/table-builder.ts',
      'src/engine/salvage/salvage-format.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, ...FORMAT_QUESTIONS] },
  },
  {
    files: ['src/engine/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [TERMINAL_PACKAGES, FILE_SYSTEM] }],
      // Guarded by the loop or the layout around it; the alternative is a branch in the hot path.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['src/engine/file/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [TERMINAL_PACKAGES] }] },
  },
  {
    files: ['src/commands/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ ...FILE_SYSTEM, message: 'Commands reach files through src/cli.' }] },
      ],
      'no-restricted-syntax': 'off',
    },
  },
  {
    // It starts and ends the process.
    files: ['src/cli/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['bin/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly' } },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // chai: expect(x).to.be.true
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    files: ['bin/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly', __filename: 'readonly' } },
  },
  {
    files: ['bin/run.js'],
    languageOptions: { ecmaVersion: 5 },
  },
  {
    // They run in a browser.
    files: ['src/cli/report/browser/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['addEventListener', 'atob', 'Blob', 'DecompressionStream', 'devicePixelRatio', 'document'],
          ...['getComputedStyle', 'innerHeight', 'innerWidth', 'matchMedia', 'ResizeObserver', 'Response'],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
        TextEncoder: 'readonly',
        TextDecoder: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
