import type { KnownClip, KnownEncoder, KnownModel, KnownReranker, MockModel, OnnxModel } from './model.js';

export const MOCK_MODEL: MockModel = { kind: 'mock', id: 'mock', aliases: [], version: 'v1', dimension: 384, licence: 'Apache-2.0' };

export const BUILT_IN_MODEL: OnnxModel = {
  kind: 'onnx',
  id: 'all-MiniLM-L6-v2',
  aliases: ['minilm-l6-v2', 'sentence-transformers/all-MiniLM-L6-v2', 'default'],
  version: 'v1',
  dimension: 384,
  maxTokens: 256,
  pooling: 'mean',
  normalise: true,
  queryPrefix: '',
  documentPrefix: '',
  shorterDimensions: [],
  folder: 'builtin/all-MiniLM-L6-v2',
  files: {
    model: { path: 'model_int8_row.onnx', sha256: '0eb7dc2b1044f59f0311c7ca9152f16001f9aeedb2ee00247dab30a21249a7ba' },
    tokenizer: { path: 'tokenizer.json', sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037' },
  },
  licence: 'Apache-2.0',
  origin: 'sentence-transformers/all-MiniLM-L6-v2',
};

const BGE_QUERY = 'Represent this sentence for searching relevant passages: ';
const QWEN_QUERY = 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:';

/** Where most publishers keep the two files. */
const FILES = { model: { path: 'onnx/model.onnx' }, tokenizer: { path: 'tokenizer.json' } };

/**
 * Where the hub has a model of more than 2 GB: a graph, and weights in 32-bit floats beside it. They may be cut into pieces
 * (`model.onnx_data_1` and so on); the graph names all of them.
 */
const LARGE_FILES = { ...FILES, data: [{ path: 'onnx/model.onnx_data' }] };

type Entry = Pick<KnownEncoder, 'id' | 'aliases' | 'dimension' | 'licence' | 'origin'> & Partial<KnownEncoder>;

/** A BERT-like encoder of 512 tokens, mean pooling and length one, unless the entry says otherwise. */
function known(entry: Entry): KnownEncoder {
  return {
    kind: 'onnx',
    version: 'v1',
    maxTokens: 512,
    pooling: 'mean',
    normalise: true,
    queryPrefix: '',
    documentPrefix: '',
    shorterDimensions: [],
    download: { repository: entry.origin, files: FILES },
    ...entry,
  };
}

/** A cross-encoder of 512 tokens. */
function reranker(entry: Pick<KnownReranker, 'id' | 'aliases' | 'licence' | 'origin'>): KnownReranker {
  return { kind: 'reranker', version: 'v1', maxTokens: 512, download: { repository: entry.origin, files: FILES }, ...entry };
}

/** As OpenAI trained them: 77 tokens, a square of 224 pixels. */
function clip(entry: Pick<KnownClip, 'id' | 'aliases' | 'dimension' | 'licence' | 'origin' | 'download'>): KnownClip {
  const sight = { size: 224, mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] } as const;
  return { kind: 'clip', version: 'v1', inputs: ['text', 'image'], sight, maxTokens: 77, shorterDimensions: [], ...entry };
}

/** Where the exporter of transformers.js lays the towers. */
const TOWERS = { vision: { path: 'onnx/vision_model.onnx' }, text: { path: 'onnx/text_model.onnx' }, tokenizer: { path: 'tokenizer.json' } };

/** Models that `cairn models pull` can fetch: everything about them but their files. */
export const KNOWN_MODELS: readonly KnownModel[] = [
  known({
    id: 'bge-small-en-v1.5',
    aliases: ['BAAI/bge-small-en-v1.5'],
    dimension: 384,
    pooling: 'cls',
    queryPrefix: BGE_QUERY,
    licence: 'MIT',
    origin: 'BAAI/bge-small-en-v1.5',
  }),
  known({
    id: 'bge-large-en-v1.5',
    aliases: ['BAAI/bge-large-en-v1.5'],
    dimension: 1024,
    pooling: 'cls',
    queryPrefix: BGE_QUERY,
    licence: 'MIT',
    origin: 'BAAI/bge-large-en-v1.5',
  }),
  known({
    id: 'nomic-embed-text-v1.5',
    aliases: ['nomic-ai/nomic-embed-text-v1.5'],
    dimension: 768,
    maxTokens: 8192,
    queryPrefix: 'search_query: ',
    documentPrefix: 'search_document: ',
    licence: 'Apache-2.0',
    origin: 'nomic-ai/nomic-embed-text-v1.5',
  }),
  known({
    id: 'multilingual-e5-small',
    aliases: ['intfloat/multilingual-e5-small'],
    dimension: 384,
    queryPrefix: 'query: ',
    documentPrefix: 'passage: ',
    licence: 'MIT',
    origin: 'intfloat/multilingual-e5-small',
  }),
  known({ id: 'gte-small', aliases: ['thenlper/gte-small'], dimension: 384, licence: 'MIT', origin: 'thenlper/gte-small' }),
  known({
    id: 'all-mpnet-base-v2',
    aliases: ['mpnet-base', 'sentence-transformers/all-mpnet-base-v2'],
    dimension: 768,
    maxTokens: 384,
    licence: 'Apache-2.0',
    origin: 'sentence-transformers/all-mpnet-base-v2',
  }),
  known({
    id: 'Qwen3-Embedding-0.6B',
    aliases: ['Qwen/Qwen3-Embedding-0.6B'],
    dimension: 1024,
    maxTokens: 8192,
    pooling: 'last',
    queryPrefix: QWEN_QUERY,
    shorterDimensions: [768, 512, 256, 128, 64, 32],
    licence: 'Apache-2.0',
    origin: 'Qwen/Qwen3-Embedding-0.6B',
    download: { repository: 'onnx-community/Qwen3-Embedding-0.6B-ONNX', files: LARGE_FILES },
  }),
  known({
    id: 'Qwen3-Embedding-4B',
    aliases: ['Qwen/Qwen3-Embedding-4B'],
    dimension: 2560,
    maxTokens: 8192,
    pooling: 'last',
    queryPrefix: QWEN_QUERY,
    shorterDimensions: [2048, 1024, 768, 512, 256, 128, 64, 32],
    licence: 'Apache-2.0',
    origin: 'Qwen/Qwen3-Embedding-4B',
    download: { repository: 'onnx-community/Qwen3-Embedding-4B-ONNX', files: LARGE_FILES },
  }),
  clip({
    id: 'clip-vit-base-patch32',
    aliases: ['clip', 'openai/clip-vit-base-patch32'],
    dimension: 512,
    licence: 'MIT',
    origin: 'openai/clip-vit-base-patch32',
    download: { repository: 'Xenova/clip-vit-base-patch32', files: TOWERS },
  }),
  reranker({
    id: 'ms-marco-MiniLM-L-6-v2',
    // Its publisher has taken one hyphen out of the name.
    aliases: ['cross-encoder/ms-marco-MiniLM-L-6-v2', 'cross-encoder/ms-marco-MiniLM-L6-v2'],
    licence: 'Apache-2.0',
    origin: 'cross-encoder/ms-marco-MiniLM-L6-v2',
  }),
  reranker({
    id: 'ms-marco-MiniLM-L-12-v2',
    aliases: ['cross-encoder/ms-marco-MiniLM-L-12-v2', 'cross-encoder/ms-marco-MiniLM-L12-v2'],
    licence: 'Apache-2.0',
    origin: 'cross-encoder/ms-marco-MiniLM-L12-v2',
  }),
];
