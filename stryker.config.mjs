// Mutation tests of the formulas, the keys and the records of the store: `npm run test:mutants`. A part of it: `-- --mutate FILE`.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutants.config.ts', related: false },
  mutate: ['src/math/**/*.ts', 'src/runtime/contracts/{keys,canonical}.ts', 'src/runtime/store/records.ts'],
  ignorePatterns: ['**', '!src/**', '!test/**', '!package.json', '!vitest.mutants.config.ts'],
  coverageAnalysis: 'perTest',
  // Mutants of code that runs when a module is imported need all tests. There are few, and type checks see most of them.
  ignoreStatic: true,
  concurrency: 2,
  // Generous: a mutant that is slow on a busy machine is not a mutant that was found.
  timeoutMS: 20_000,
  timeoutFactor: 4,
  tempDirName: 'node_modules/.cache/stryker',
  cleanTempDir: 'always',
  reporters: ['progress-append-only', 'clear-text', 'json'],
  jsonReporter: { fileName: 'node_modules/.cache/mutants.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 85 },
};
