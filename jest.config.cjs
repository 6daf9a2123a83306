// Unit tests (*.spec.ts) need nothing; integration tests (*.int.spec.ts) need the servers that scripts/run.mjs starts.
const shared = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/scripts/jest/environment.cjs',
  transform: { '\\.[mc]?[jt]s$': '<rootDir>/scripts/jest/transform.cjs' },
  transformIgnorePatterns: [],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
    // It says where to find it to `import` only, and here all is required.
    '^eld/(\\w+)$': '<rootDir>/packages/models/node_modules/eld/src/entries/static.$1.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/.cache', '<rootDir>/.cairn'],
  setupFiles: ['<rootDir>/scripts/jest/setup.cjs'],
};

module.exports = {
  // Two busy cores can stretch a second to ten; what hangs is still found.
  testTimeout: 30_000,
  testSequencer: '<rootDir>/scripts/jest/sequencer.cjs',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,packages,scripts}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.int\\.spec\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,packages}/**/*.int.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
  ],
};
