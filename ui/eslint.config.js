import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const rooms = ['patients', 'cohorts', 'imaging', 'exchange', 'admin'];

const tauriOnlyInBridge = {
  group: ['@tauri-apps/*'],
  message: 'Only src/bridge touches Tauri. Import from src/bridge/index.ts.',
};
const bridgeThroughItsDoor = {
  regex: '(^|/)bridge/(?!index(\\.ts)?$).+',
  message: 'Import from bridge/index.ts, so that generated types can be swapped in one place.',
};

/** One rule a room: it may use app, design and bridge, never another room. */
const roomWalls = rooms.map((room) => ({
  files: [`src/${room}/**/*.{ts,svelte}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          tauriOnlyInBridge,
          bridgeThroughItsDoor,
          {
            regex: `^(\\.\\./)+(${rooms.filter((other) => other !== room).join('|')})(/|$)`,
            message: 'Rooms never import each other. What two rooms need goes to app or design.',
          },
        ],
      },
    ],
  },
}));

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/bridge/generated'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value='style']",
          message: 'The Content-Security-Policy refuses style attributes: use style: directives.',
        },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: {
      // {@html} would let a name run as markup.
      'svelte/no-at-html-tags': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "SvelteAttribute[key.name='style']",
          message: 'The Content-Security-Policy refuses style attributes: use style: directives.',
        },
      ],
      'svelte/require-each-key': 'error',
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    ignores: ['src/bridge/**', ...rooms.map((room) => `src/${room}/**`), 'src/design/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [tauriOnlyInBridge, bridgeThroughItsDoor] }],
    },
  },
  {
    files: ['src/design/**/*.{ts,svelte}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            tauriOnlyInBridge,
            {
              regex: `^(\\.\\./)+(app|bridge|${rooms.join('|')})(/|$)`,
              message: 'design/ holds controls without knowledge: words and data come in as props.',
            },
          ],
        },
      ],
    },
  },
  ...roomWalls,
  {
    // Tests start the window on invented data, which lies behind the bridge.
    files: ['src/**/*.test.ts', 'src/app/test/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [tauriOnlyInBridge] }] },
  },
);
