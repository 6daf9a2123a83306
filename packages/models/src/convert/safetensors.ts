// https://github.com/huggingface/safetensors: the length of the header (8 bytes, little-endian), a JSON header, then the numbers.
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ConversionRefusedError } from './conversion-refused.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-floats.js';
import { parseStrictJson } from './strict-json.js';

const LENGTH_BYTES = 8;
// A model of 1,000 tensors has a header of 100 kB. The format itself allows 100 MB.
const LONGEST_HEADER = 10_000_000;
const METADATA = '__metadata__';
const UNREADABLE = 'Download or save it again.';

const BYTES_OF_TYPE: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

const TO_FLOATS: Readonly<Record<string, (bytes: Uint8Array) => Float32Array>> = {
  F32: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
  F16: float16ToFloat32,
  BF16: bfloat16ToFloat32,
};

export interface TensorEntry {
  dtype: string;
  shape: readonly number[];
  /** Where its bytes lie, counted from the end of the header. */
  begin: number;
  end: number;
}

interface Header {
  length: number;
  tensors: Map<string, TensorEntry>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readEntry(name: string, value: unknown): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const size = typeof dtype === 'string' && Object.hasOwn(BYTES_OF_TYPE, dtype) ? (BYTES_OF_TYPE[dtype] as number) : undefined;
  if (size === undefined) throw new ConversionRefusedError(`The tensor ${name} has the unknown type ${JSON.stringify(dtype)}.`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new ConversionRefusedError(`The header entry of the tensor ${name} is damaged. ${UNREADABLE}`);
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, dim) => product * dim, size);
  if (end - begin !== expected) {
    throw new ConversionRefusedError(`The tensor ${name} has ${end - begin} bytes, ${dtype} [${shape.join(', ')}] has ${expected}. ${UNREADABLE}`);
  }
  return { dtype: dtype as string, shape, begin, end };
}

/** The tensors must lie one behind the other and fill the file: what overlaps or hides between them is no model that was saved whole. */
function checkPlaces(tensors: ReadonlyMap<string, TensorEntry>, size: number): void {
  let end = 0;
  for (const [name, tensor] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (tensor.begin < end) throw new ConversionRefusedError(`The tensor ${name} overlaps another one. ${UNREADABLE}`);
    if (tensor.begin > end) throw new ConversionRefusedError(`Before the tensor ${name} lie ${tensor.begin - end} bytes of no tensor. ${UNREADABLE}`);
    if (tensor.end > size) throw new ConversionRefusedError(`The file ends inside the tensor ${name}. ${UNREADABLE}`);
    end = tensor.end;
  }
  if (end !== size) throw new ConversionRefusedError(`Behind the last tensor lie ${size - end} bytes of no tensor. ${UNREADABLE}`);
}

/** Whole or an error: the file may have been cut since its size was read. */
function readExactly(file: number, length: number, position: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const read = readSync(file, bytes, done, length - done, position + done);
    if (read === 0) throw new ConversionRefusedError(`The file ends at byte ${position + done}, before what its header promises. ${UNREADABLE}`);
    done += read;
  }
  return bytes;
}

function readHeader(file: number): Header {
  const { size } = fstatSync(file);
  if (size < LENGTH_BYTES) throw new ConversionRefusedError(`A file of ${size} bytes is no safetensors file. ${UNREADABLE}`);
  const length = Buffer.from(readExactly(file, LENGTH_BYTES, 0).buffer).readBigUInt64LE();
  if (length > LONGEST_HEADER)
    throw new ConversionRefusedError(`The header would be ${length} bytes long, more than ${LONGEST_HEADER}: this is no safetensors file of an encoder.`);
  if (Number(length) > size - LENGTH_BYTES) throw new ConversionRefusedError(`The file ends inside its header. ${UNREADABLE}`);
  const json = Buffer.from(readExactly(file, Number(length), LENGTH_BYTES).buffer);
  if (!isUtf8(json)) throw new ConversionRefusedError(`The header of the safetensors file is not UTF-8. ${UNREADABLE}`);
  const header = parseStrictJson(json.toString('utf8'), 'The header of the safetensors file');
  if (!isObject(header)) throw new ConversionRefusedError(`The header of the safetensors file is no object. ${UNREADABLE}`);
  const entries = Object.entries(header).filter(([name]) => name !== METADATA);
  const tensors = new Map(entries.map(([name, value]) => [name, readEntry(name, value)]));
  checkPlaces(tensors, size - LENGTH_BYTES - Number(length));
  return { length: LENGTH_BYTES + Number(length), tensors };
}

/** A checked file, open for reading: a tensor's numbers are read when they are asked for. */
export class SafetensorsFile {
  private constructor(
    private readonly file: number,
    private readonly headerLength: number,
    readonly tensors: ReadonlyMap<string, TensorEntry>,
  ) {}

  static open(path: string): SafetensorsFile {
    const file = openSync(path, 'r');
    try {
      const { length, tensors } = readHeader(file);
      return new SafetensorsFile(file, length, tensors);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** The tensor's numbers as 32-bit floats. */
  floats(name: string): Float32Array {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new ConversionRefusedError(`The safetensors file has no tensor ${name}.`);
    const convert = TO_FLOATS[tensor.dtype];
    if (convert === undefined) {
      throw new ConversionRefusedError(
        `The tensor ${name} holds ${tensor.dtype}; weights must be ${Object.keys(TO_FLOATS).join(', ')}. Save the model in 32-bit floats.`,
      );
    }
    return convert(readExactly(this.file, tensor.end - tensor.begin, this.headerLength + tensor.begin));
  }

  close(): void {
    closeSync(this.file);
  }
}
