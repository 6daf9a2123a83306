import type { Quantization } from '../collections/collection-words.js';

const SHORT = { float32: 'f32', float16: 'f16', int8: 'i8' } as const satisfies Record<Quantization, string>;
const DOCUMENT_SPACE = /_documents_(f32|f16|i8)$/;
const MODEL_SPACE = /_f32$/;

/** `f16` for `float16`: how names of spaces and stores say it. */
export function shortOf(quantization: Quantization): string {
  return SHORT[quantization];
}

/** The space of documents embedded by the model of this space: apart from that of single vectors, so that neither is ever found with the other. */
export function documentSpaceOf(modelSpace: string, quantization: Quantization): string {
  return modelSpace.replace(MODEL_SPACE, `_documents_${SHORT[quantization]}`);
}

/** The space of single vectors by the same model, by which workers know their models. */
export function modelSpaceOf(space: string): string {
  return space.replace(DOCUMENT_SPACE, '_f32');
}

/** How the numbers of a space of documents are kept; undefined for one of single vectors, where that is a setting of the system. */
export function quantizationOf(space: string): Quantization | undefined {
  const short = DOCUMENT_SPACE.exec(space)?.[1];
  return (Object.keys(SHORT) as Quantization[]).find((name) => SHORT[name] === short);
}
