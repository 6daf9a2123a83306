import type { Database, Statement } from '../data/database.js';

interface Registered {
  id: string;
  version: string;
  aliases: string[];
  maxTokens: number;
  fingerprint: string;
  licence: string;
  origin: string;
}

/** What the services must know of a model that workers have and that makes vectors. */
export interface RegisteredEncoder extends Registered {
  kind: 'onnx' | 'clip' | 'remote';
  /** What it makes vectors of. */
  inputs: ('text' | 'image')[];
  dimension: number;
  /** Shorter vectors that a caller may ask for. */
  shorterDimensions: number[];
  space: string;
}

/** The same of one that scores pairs of texts: it has no space. */
export interface RegisteredReranker extends Registered {
  kind: 'reranker';
}

export type RegisteredModel = RegisteredEncoder | RegisteredReranker;
export type ListedModel = RegisteredModel & { registeredAt: Date };

// The first worker says what a model is; whoever comes with other files under the same name and version gets no row back.
const REGISTER: Statement = {
  name: 'register_model',
  text: `INSERT INTO models AS m (id, version, aliases, dimension, shorter_dimensions, max_tokens, space, fingerprint, licence, origin, kind, inputs)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (id, version) DO UPDATE SET served_at = clock_timestamp(), aliases = excluded.aliases, licence = excluded.licence, origin = excluded.origin,
      shorter_dimensions = excluded.shorter_dimensions
    WHERE m.fingerprint = excluded.fingerprint RETURNING id`,
};

// A text that is meant for a model here must not go to a provider, nor the other way round.
const NAMESAKE: Statement = {
  name: 'model_namesake',
  text: `SELECT id FROM models WHERE (kind = 'remote') <> ($1::text = 'remote') AND (id = ANY ($2::text[]) OR aliases && $2::text[]) LIMIT 1`,
};

// A model that makes vectors can be used once its space is there.
const LIST: Statement = {
  name: 'list_models',
  text: `SELECT kind, id, version, aliases, dimension, shorter_dimensions AS "shorterDimensions", max_tokens AS "maxTokens", space, fingerprint, licence, origin, inputs, registered_at AS "registeredAt"
    FROM models m WHERE kind = 'reranker' OR EXISTS (SELECT 1 FROM spaces s WHERE s.name = m.space) ORDER BY registered_at DESC, id`,
};

/** Another worker served other files under the same name and version: their vectors must not meet in one space. */
export class ModelConflictError extends Error {
  constructor({ id, version }: RegisteredModel) {
    super(
      `The model ${id} ${version} was served here before with other files or settings. Install the same ones, or import these under another version: their vectors or scores must not be compared.`,
    );
    this.name = 'ModelConflictError';
  }
}

/** A model here and one of a provider have a name in common. */
export class ModelNamesakeError extends Error {
  constructor({ id }: RegisteredModel, other: string) {
    super(`The model ${id} has a name that ${other} has, and one of them is at a provider. Give one of them other names, and start the workers again.`);
    this.name = 'ModelNamesakeError';
  }
}

const NO_VECTORS = { dimension: null, shorterDimensions: [], space: null, inputs: ['text'] };

export async function registerModel(database: Database, model: RegisteredModel): Promise<void> {
  const { kind, id, version, aliases, maxTokens, fingerprint, licence, origin } = model;
  const { dimension, shorterDimensions, space, inputs } = kind === 'reranker' ? NO_VECTORS : model;
  const values = [id, version, aliases, dimension, shorterDimensions, maxTokens, space, fingerprint, licence, origin, kind, inputs];
  const [namesake] = await database.single<{ id: string }>(NAMESAKE, [kind, [id, ...aliases]]);
  if (namesake) throw new ModelNamesakeError(model, namesake.id);
  if ((await database.single(REGISTER, values)).length === 0) throw new ModelConflictError(model);
}

/** The newest first. */
export function listModels(database: Database): Promise<ListedModel[]> {
  return database.single<ListedModel>(LIST);
}
