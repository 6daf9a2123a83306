// Tests see a copy of the environment, onnxruntime the real one (packages/models/src/runtime/no-telemetry.ts).
process.env.ORT_DISABLE_TELEMETRY = '1';

const { TestEnvironment } = require('jest-environment-node');

// onnxruntime-node checks `instanceof Float32Array` against the outer realm: hand jest's realm the same constructors.
const SHARED = ['ArrayBuffer', 'Uint8Array', 'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'];

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
  }
};
