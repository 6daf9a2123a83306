export * from './cairn-client.js';
export type * from './routes.js';
