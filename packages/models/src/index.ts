export * from './catalogue.js';
export { mockVector } from './mock-vector.js';
