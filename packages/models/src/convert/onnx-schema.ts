// The part of onnx.proto that the conversion needs: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT64 = 7;
/** ONNX Runtime's own operators; every build of it for processors has them. */
export const ONNX_RUNTIME = 'com.microsoft';

export const MODEL = { irVersion: 1, producerName: 2, producerVersion: 3, graph: 7, operatorSet: 8 };
export const OPERATOR_SET = { domain: 1, version: 2 };
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
export const NODE = { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7 };
export const TENSOR = { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 };
export const ATTRIBUTE = { name: 1, float: 2, integer: 3, integers: 8, type: 20 };
export const ATTRIBUTE_TYPE = { float: 1, integer: 2, integers: 7 };
export const VALUE = { name: 1, type: 2, tensorType: 1, elementType: 1, shape: 2, dim: 1, dimValue: 1, dimName: 2 };
