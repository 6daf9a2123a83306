import type { Weight } from './encoder-weights.js';
import { type AttributeValue, makeLateTensor, makeNode, makeTensor, type OnnxPart, type OnnxTensor } from './onnx-parts.js';
import { FLOAT, INT64 } from './onnx-schema.js';

/** A graph as it grows. Each method adds something and gives its name. */
export class GraphBuilder {
  readonly nodes: OnnxPart[] = [];
  readonly tensors: OnnxTensor[] = [];

  add(type: string, inputs: readonly string[], output: string, attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    this.nodes.push(makeNode(type, inputs, output, { attributes }));
    return output;
  }

  weight(name: string, { dims, data }: Weight): string {
    this.tensors.push(makeLateTensor(name, dims, data));
    return name;
  }

  float(name: string, value: number): string {
    return this.floats(name, [], Float32Array.of(value));
  }

  floats(name: string, dims: readonly number[], values: Float32Array): string {
    this.tensors.push(makeTensor(name, FLOAT, dims, values));
    return name;
  }

  integer(name: string, value: number): string {
    this.tensors.push(makeTensor(name, INT64, [], BigInt64Array.of(BigInt(value))));
    return name;
  }

  integers(name: string, values: readonly number[]): string {
    this.tensors.push(makeTensor(name, INT64, [values.length], BigInt64Array.from(values, BigInt)));
    return name;
  }
}
