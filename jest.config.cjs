// Unit tests (*.spec.ts) need nothing; integration tests (*.int.spec.ts) need the servers that scripts/run.mjs starts.
const shared = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/scripts/jest/environment.cjs',
  transform: { '\\.[mc]?[jt]s$': '<rootDir>/scripts/jest/transform.cjs' },
  transformIgnorePatterns: [],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'] },
  modulePathIgnorePatterns: ['<rootDir>/.cache', '<rootDir>/.cairn'],
  setupFiles: ['<rootDir>/scripts/jest/setup.cjs'],
};

// The fault run under load and the hunt for planted bugs take minutes each: `CAIRN_SLOW_TESTS=1 npm test -- --testPathPatterns chaos.int`, `npm run planted-bugs`.
const SLOW = process.env.CAIRN_SLOW_TESTS === '1' ? [] : ['/testkit/src/chaos/chaos\\.int', '/testkit/src/planted/'];

module.exports = {
  // Two busy cores can stretch a second to ten; what hangs is still found.
  testTimeout: 30_000,
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
      testPathIgnorePatterns: ['/node_modules/', '/dist/', ...SLOW],
    },
  ],
};
