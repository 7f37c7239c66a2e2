// Lint: strict types, and the import laws of CONTRIBUTING.md.
import tseslint from 'typescript-eslint';

/** Files of a folder may not import values from these places; `types` says whether `import type` is fine. */
const law = (files, forbidden, types = true) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: forbidden.map(([group, message]) => ({ group, message, allowTypeImports: types })),
      },
    ],
  },
});

const TFJS = [
  ['@tensorflow/*', '@tensorflow/**'],
  'Load the tensor library with import() where it is needed: it takes 0.5-7 s.',
];
const ARROW = [['apache-arrow'], 'Load Arrow with import() where it is needed: it takes 0.25 s.'];
const room = (name) => [
  [`**/${name}/**`],
  `This folder may not import from ${name}/: see the import laws in CONTRIBUTING.md.`,
];

export default tseslint.config(
  { ignores: ['dist/**', 'cache/**', 'coverage/**', 'node_modules/**', 'out/**', 'examples/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      'no-console': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }],
    },
  },
  law(
    ['src/runtime/**/*.ts'],
    [['nodes', 'network', 'datasets', 'math', 'compute', 'commands', 'setup'].map(room), [TFJS, ARROW]].flat(),
  ),
  law(
    ['src/math/**/*.ts'],
    ['runtime', 'nodes', 'network', 'datasets', 'compute', 'commands', 'setup'].map(room),
    false,
  ),
  law(
    ['src/compute/**/*.ts'],
    [
      ...['authoring', 'engine', 'modules', 'store', 'tables', 'workers'].map((name) => `runtime/${name}`),
      ...['nodes', 'network', 'datasets', 'math', 'commands'],
    ].map(room),
  ),
  law(['src/network/**/*.ts'], ['nodes', 'datasets', 'commands', 'setup'].map(room)),
  law(
    ['src/datasets/**/*.ts'],
    [...['nodes', 'network', 'math', 'compute', 'commands', 'setup'].map(room), TFJS, ARROW],
  ),
  law(['src/nodes/**/*.ts'], [...['commands', 'setup', 'compute'].map(room), TFJS, ARROW]),
  law(['src/commands/**/*.ts', 'src/cli.ts'], [...['math', 'nodes'].map(room), TFJS, ARROW]),
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
