export * from './system/api-client.js';
export * from './system/service-process.js';
export * from './system/shared-stack.js';
export * from './system/test-database.js';
export * from './system/test-system.js';
export * from './system/wait.js';
