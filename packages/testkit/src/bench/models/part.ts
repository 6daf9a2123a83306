import type { OnnxModel } from '@cairn/models';
import type { BenchContext } from '../core/bench.js';

export interface Size {
  rounds: number;
  /** Texts of the length mix. */
  texts: number;
  /** Queries one after the other. */
  queries: number;
  /** Texts through the whole system. */
  documents: number;
}

export interface Setting {
  context: BenchContext;
  size: Size;
  /** The published file in 32-bit floats, on machines that have it. */
  fp32: OnnxModel | undefined;
}

/** What a goal says that needs the file in 32-bit floats, where there is none. */
export const NO_FP32 = 'BENCH_FP32_MODEL names no fp32 model.onnx of all-MiniLM-L6-v2: what is compared with it was not measured.';
