// What the other packages may know of `common` without loading a database driver or Nest:
// ids, the tenant scope, the error catalogue, what a lock of a device is, how a model sees. Import it as `@cairn/common/contracts`.

export * from './errors/catalogue.js';
export * from './ids.js';
export * from './in-parts.js';
export * from './models/device-lock.js';
export * from './models/model-sight.js';
export * from './tenancy/tenant-scope.js';
export * from './vectors/conditions.js';
export * from './vectors/sparse-vector.js';
