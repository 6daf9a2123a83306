import { answerParent } from '../child/answer-parent.js';
import type { FileName } from './detect-format.js';
import { parseBytes } from './parse-bytes.js';
import type { ParseLimits } from './parse-limits.js';

export interface ParseOptions extends FileName {
  limits: ParseLimits;
}

void answerParent((bytes, { limits, ...name }: ParseOptions) => parseBytes(bytes, name, limits));
