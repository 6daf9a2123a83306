// ESM and TypeScript to CommonJS by swc, so that jest needs no --experimental-vm-modules
// (with it, CommonJS packages that require ESM ones fail on Node 20). CommonJS passes through untouched.
const { createTransformer } = require('@swc/jest');
const fs = require('node:fs');
const path = require('node:path');

const make = (parser, extra = {}) => createTransformer({ jsc: { target: 'es2022', parser, ...extra }, module: { type: 'commonjs' }, sourceMaps: 'inline' });
const typescript = make(
  { syntax: 'typescript', decorators: true },
  { keepClassNames: true, transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false } },
);
const javascript = make({ syntax: 'ecmascript' });

const known = new Map();
function isEsmFolder(folder) {
  if (known.has(folder)) return known.get(folder);
  const manifest = path.join(folder, 'package.json');
  const parent = path.dirname(folder);
  const answer = fs.existsSync(manifest) ? JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module' : parent !== folder && isEsmFolder(parent);
  known.set(folder, answer);
  return answer;
}

function transformerOf(file) {
  if (/\.[mc]?ts$/.test(file)) return typescript;
  return file.endsWith('.mjs') || (file.endsWith('.js') && isEsmFolder(path.dirname(file))) ? javascript : null;
}

module.exports = {
  process: (source, file, options) => transformerOf(file)?.process(source, file, options) ?? { code: source },
  getCacheKey: (source, file, options) => `${(transformerOf(file) ?? javascript).getCacheKey(source, file, options)}${transformerOf(file) ? '' : 'raw'}`,
};
