import { ConversionRefusedError } from './conversion-refused.js';
import type { EncoderConfig, Family } from './encoder-config.js';
import type { LateBytes } from './protobuf.js';
import type { SafetensorsFile } from './safetensors.js';

/** A constant of the graph to be: its shape there, and its bytes when they are written. */
export interface Weight {
  dims: readonly number[];
  data: LateBytes;
}

const PROBE = 'embeddings.word_embeddings.weight';
// What the first published BERTs call a layer normalisation's two vectors.
const OLD_NAMES: Readonly<Record<string, string>> = { 'LayerNorm.weight': 'LayerNorm.gamma', 'LayerNorm.bias': 'LayerNorm.beta' };

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] as number;
  }
  return result;
}

function late(dims: readonly number[], make: () => Float32Array): Weight {
  return { dims, data: { length: dims.reduce((product, dim) => product * dim, 4), make: () => bytesOf(make()) } };
}

/** The weights of one encoder by their published names, each checked against the shape that the configuration asks for. */
export class EncoderWeights {
  private readonly prefix: string;

  constructor(
    private readonly file: SafetensorsFile,
    family: Family,
  ) {
    this.prefix = this.file.tensors.has(`${family}.${PROBE}`) ? `${family}.` : '';
  }

  /** Of the encoder: `bert.` and the like stand before its names in files of larger models. */
  encoder(name: string, shape: readonly number[]): Weight {
    return late(shape, this.reader(this.prefix + name, shape));
  }

  /** The matrix of an encoder's linear layer, the way round that a product needs it: published ones have a row for each output. */
  encoderMatrix(name: string, inputs: number, outputs: number): Weight {
    const read = this.reader(this.prefix + name, [outputs, inputs]);
    return late([inputs, outputs], () => transpose(read(), outputs, inputs));
  }

  /** An encoder's numbers themselves, for a table that is worked out anew. */
  encoderFloats(name: string, shape: readonly number[]): Float32Array {
    return this.reader(this.prefix + name, shape)();
  }

  /** Of what lies behind the encoder; its names have no prefix. */
  head(name: string, shape: readonly number[]): Weight {
    return late(shape, this.reader(name, shape));
  }

  /** How many rows a matrix of the head has. */
  rowsOfHead(name: string): number {
    return this.file.tensors.get(name)?.shape[0] ?? 0;
  }

  private reader(asked: string, shape: readonly number[]): () => Float32Array {
    const name = this.nameInFile(asked);
    const found = this.file.tensors.get(name)?.shape;
    if (found === undefined)
      throw new ConversionRefusedError(`The weights have no tensor ${asked}, which config.json asks for. Do the two files belong together?`);
    if (found.join() === shape.join()) return () => this.file.floats(name);
    throw new ConversionRefusedError(`The tensor ${name} has the shape [${found.join(', ')}], config.json asks for [${shape.join(', ')}].`);
  }

  private nameInFile(name: string): string {
    const old = Object.entries(OLD_NAMES).find(([ending]) => name.endsWith(ending));
    if (old === undefined || this.file.tensors.has(name)) return name;
    return name.slice(0, -old[0].length) + old[1];
  }
}

/** What the parts of a layer are called. */
export interface LayerNames {
  query: string;
  key: string;
  value: string;
  attentionOutput: string;
  attentionNorm: string;
}

const BERT_NAMES: LayerNames = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attentionOutput: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
};

const MPNET_NAMES: LayerNames = {
  query: 'attention.attn.q',
  key: 'attention.attn.k',
  value: 'attention.attn.v',
  attentionOutput: 'attention.attn.o',
  attentionNorm: 'attention.LayerNorm',
};

export function layerNames({ family }: EncoderConfig): LayerNames {
  return family === 'mpnet' ? MPNET_NAMES : BERT_NAMES;
}
