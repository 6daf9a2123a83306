// A tensor of an ONNX file may name another file for its values. A crafted one has made readers open files outside the model's folder
// (CVE-2024-27318, CVE-2026-27489), ONNX Runtime takes some names for addresses in memory, and what it is not handed it looks for on the disk.
// So a file is only read when a constant of the graph itself names it plainly; everything else is refused before ONNX Runtime sees it.
import { GRAPH, MODEL, TENSOR } from '../convert/onnx-schema.js';
import { allBytes, decode, oneNumber, oneText, type ReadField, readFields } from '../convert/protobuf.js';

/** Why the way in which an ONNX file keeps values elsewhere is not allowed; reads on after the file's name. */
export class ExternalDataError extends Error {}

const MODEL_FUNCTION = 25;
const NODE_ATTRIBUTE = 5;
const ELSEWHERE = 1;

type MessageKind = 'model' | 'main' | 'graph' | 'function' | 'node' | 'attribute' | 'constant' | 'tensor' | 'sparse';

/** Which fields of a message hold messages that can lead to a tensor. `main` is the graph of the model, `graph` one inside a node. */
const CHILDREN: Record<MessageKind, Record<number, MessageKind>> = {
  model: { [MODEL.graph]: 'main', [MODEL_FUNCTION]: 'function' },
  main: { [GRAPH.node]: 'node', [GRAPH.initializer]: 'constant', 15: 'sparse' },
  graph: { [GRAPH.node]: 'node', [GRAPH.initializer]: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { [NODE_ATTRIBUTE]: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  constant: {},
  tensor: {},
};

const isTensor = (kind: MessageKind) => kind === 'constant' || kind === 'tensor';
const isElsewhere = (tensor: readonly ReadField[]) => allBytes(tensor, TENSOR.external).length > 0 || (oneNumber(tensor, TENSOR.location) ?? 0) !== 0;

function* tensorsElsewhere(message: Uint8Array, kind: MessageKind): Generator<[kind: MessageKind, tensor: ReadField[]]> {
  if (isTensor(kind)) {
    const tensor = decode(message);
    if (isElsewhere(tensor)) yield [kind, tensor];
    return;
  }
  for (const [field, , value] of readFields(message)) {
    const child = CHILDREN[kind][field];
    if (child !== undefined && typeof value !== 'bigint') yield* tensorsElsewhere(value, child);
  }
}

const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const WHOLE_NUMBER = /^\d{1,15}$/;
/** A checksum is not looked at: the whole file has one. ONNX Runtime knows more words, which name more places of the file. */
const WORDS = ['location', 'offset', 'length', 'checksum'];

/** Whether this can only be a file of the folder it is looked for in: no way to another one, no hidden file. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

const shown = (name: string) => JSON.stringify(name.slice(0, 100));

function placeOf(tensor: readonly ReadField[]): { file: string; end: number } {
  const entries = allBytes(tensor, TENSOR.external).map(decode);
  const words = new Map(entries.map((entry) => [oneText(entry, 1), oneText(entry, 2)]));
  const [file = '', offset = '0', length = ''] = WORDS.map((word) => words.get(word));
  if (!isPlainName(file)) throw new ExternalDataError(`it names ${shown(file)}, which is not the plain name of a file beside it`);
  const isClear = words.size === entries.length && [...words.keys()].every((word) => WORDS.includes(word)) && oneNumber(tensor, TENSOR.location) === ELSEWHERE;
  if (isClear && WHOLE_NUMBER.test(offset) && WHOLE_NUMBER.test(length)) return { file, end: Number(offset) + Number(length) };
  throw new ExternalDataError(`it does not say clearly where in ${file} the values of ${shown(oneText(tensor, TENSOR.name))} lie`);
}

/** The files that hold values of this ONNX file, by their plain names, and how many bytes each must have; an ExternalDataError for all that is not allowed. */
export function dataFilesOf(onnx: Uint8Array): Map<string, number> {
  const files = new Map<string, number>();
  for (const [kind, tensor] of tensorsElsewhere(onnx, 'model')) {
    if (kind !== 'constant') throw new ExternalDataError(`${shown(oneText(tensor, TENSOR.name))} is not a constant of the graph itself`);
    const { file, end } = placeOf(tensor);
    files.set(file, Math.max(end, files.get(file) ?? 0));
  }
  return files;
}
