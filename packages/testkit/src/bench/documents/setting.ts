import type { TestSystem } from '../../system/test-system.js';
import type { BenchContext } from '../core/bench.js';

export interface Size {
  rounds: number;
  /** Documents of several chunks, sent as JSON. */
  documents: number;
  /** Files of a folder. */
  files: number;
  /** Pages of one PDF. */
  pages: number;
  /** Documents sent alone, one after the other. */
  alone: number;
}

export interface Setting {
  context: BenchContext;
  system: TestSystem;
  size: Size;
}
