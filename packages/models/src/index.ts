export * from './catalogue.js';
export { mockVector } from './mock-vector.js';
export { BertTokenizer, type Encoding } from './tokenizer/bert-tokenizer.js';
