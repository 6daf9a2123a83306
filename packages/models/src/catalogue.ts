import { CairnError } from '@cairn/common/contracts';

export interface ModelFile {
  path: string;
  sha256: string;
}

interface ModelCommon {
  /** The canonical name; vectors of all aliases lie in one space. */
  id: string;
  aliases: readonly string[];
  version: string;
  dimension: number;
  licence: string;
}

/** Made-up vectors: a function of organisation, asset and segment. */
export interface MockModel extends ModelCommon {
  kind: 'mock';
}

export interface OnnxModel extends ModelCommon {
  kind: 'onnx';
  maxTokens: number;
  pooling: 'mean' | 'cls' | 'last';
  normalise: boolean;
  queryPrefix: string;
  documentPrefix: string;
  /** Where the files lie: a path inside this package, or an absolute one. */
  folder: string;
  files: { model: ModelFile; tokenizer: ModelFile };
  origin: string;
}

export type Model = MockModel | OnnxModel;
export type Catalogue = readonly Model[];

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
  folder: 'builtin/all-MiniLM-L6-v2',
  files: {
    model: { path: 'model_int8_row.onnx', sha256: '0eb7dc2b1044f59f0311c7ca9152f16001f9aeedb2ee00247dab30a21249a7ba' },
    tokenizer: { path: 'tokenizer.json', sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037' },
  },
  licence: 'Apache-2.0',
  origin: 'sentence-transformers/all-MiniLM-L6-v2',
};

/** The models of every installation. Importing this loads neither ONNX Runtime nor a model. */
export const CATALOGUE: Catalogue = [BUILT_IN_MODEL, MOCK_MODEL];

/** The model with this id or alias, letter by letter. */
export function findModel(label: string, catalogue: Catalogue = CATALOGUE): Model | undefined {
  return catalogue.find(({ id, aliases }) => id === label || aliases.includes(label));
}

function describe({ id, aliases }: Model): string {
  return aliases.length === 0 ? id : `${id} (also ${aliases.join(', ')})`;
}

const LONGEST_LABEL_SHOWN = 100;

/** The model with this id or alias; otherwise `unknown_model`, with the list of those there are. */
export function requireModel(label: string, catalogue: Catalogue = CATALOGUE): Model {
  const model = findModel(label, catalogue);
  if (model !== undefined) return model;
  const shown = JSON.stringify(label.slice(0, LONGEST_LABEL_SHOWN));
  throw new CairnError('unknown_model', `There is no model ${shown}. Known models: ${catalogue.map(describe).join('; ')}.`);
}

/** The name of the vector space: only vectors of one space may be compared. Every alias of a model has the same. */
export function spaceOf(model: Model): string {
  return `${model.id}_${model.version}_${model.dimension}_f32`;
}
