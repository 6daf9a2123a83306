require('reflect-metadata');
const path = require('node:path');

// Each worker of jest has servers of its own (scripts/test-servers.mjs).
const { STACK_JSON, JEST_WORKER_ID } = process.env;
const files = STACK_JSON?.split(path.delimiter) ?? [];
if (files.length > 1) process.env.STACK_JSON = files[(Number(JEST_WORKER_ID) - 1) % files.length];
