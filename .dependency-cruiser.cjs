// The import directions of docs/architecture.md, held by a machine: `npm run check` and `npm test` run it over apps/ and packages/.

const PACKAGE = '^packages/([^/]+)/';
const APP = '^apps/([^/]+)/';
// Tests may reach for anything; what they import is no part of what runs.
const TEST_CODE = '([.]spec[.]ts$|/(test|testing|fixtures)/|^packages/testkit/)';

/** A library that one package keeps to itself. */
function onlyIn(owner, libraries, why) {
  return {
    name: `only-${owner}-uses-${libraries[0].replace(/[^a-z0-9]+/gi, '')}`,
    comment: why,
    severity: 'error',
    from: { path: '^(apps|packages)/', pathNot: [`^packages/${owner}/`, TEST_CODE] },
    to: { path: libraries.map((library) => `(^|/node_modules/)${library}`) },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or have a third one in common.',
      severity: 'error',
      from: { pathNot: TEST_CODE },
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would slip through every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'apps-stand-alone',
      comment: 'Services talk over HTTP and NATS. What two of them share belongs in a package.',
      severity: 'error',
      from: { path: APP },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'packages-know-no-app',
      severity: 'error',
      comment: 'Packages are used by services, never the other way round.',
      from: { path: PACKAGE, pathNot: TEST_CODE },
      to: { path: '^apps/' },
    },
    {
      name: 'common-uses-libraries-only',
      severity: 'error',
      comment: 'common is below all other packages.',
      from: { path: '^packages/common/', pathNot: TEST_CODE },
      to: { path: '^packages/', pathNot: '^packages/common/' },
    },
    {
      name: 'only-contracts-of-common',
      severity: 'error',
      comment: 'The other packages use the ids, errors and scopes of @cairn/common/contracts, and never each other.',
      from: { path: '^packages/((?!common/|testkit/)[^/]+)/', pathNot: TEST_CODE },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/common/(src|dist)/contracts[.]'] },
    },
    {
      name: 'testkit-is-for-tests',
      severity: 'error',
      comment: 'The testkit kills processes and plants bugs; nothing that runs in production may load it.',
      from: { path: '^(apps|packages)/', pathNot: TEST_CODE },
      to: { path: '^packages/testkit/' },
    },
    onlyIn('retrieval', ['@qdrant/'], 'The gateway writes the tenant condition into every call; a second client could forget it.'),
    onlyIn('models', ['onnxruntime'], 'A model runs in a worker thread of the models package and nowhere else.'),
    onlyIn('ingest', ['sharp'], 'Images are decoded within limits, by readers that were chosen: behind the doors of ingest.'),
    onlyIn('common', ['typeorm', '@nestjs/typeorm'], 'Tables and statements live in common, behind TenantScope and Database.'),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: ['node_modules', '/dist/'] },
    // The parser does not read TSX; what a page may import is held by pnpm, which shows the dashboard the client and nothing else of ours.
    exclude: { path: ['[.]d[.]m?ts$', '/[.]copies/', '[.]tsx$'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'require', 'default'], mainFields: ['module', 'main'] },
  },
};
