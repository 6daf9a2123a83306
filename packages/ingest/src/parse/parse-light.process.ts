import { answerParentOften } from '../child/answer-parent.js';
import type { ParseOptions } from './parse.process.js';
import { parseLightBytes } from './parse-bytes.js';

void answerParentOften((bytes, { limits, ...name }: ParseOptions) => parseLightBytes(bytes, name, limits));
