import type { Database, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';

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
  kind: 'onnx' | 'clip' | 'remote' | 'ensemble';
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
/** `ready`: a worker has it. `away`: none has it now. `removed`: none has had it for minutes, while workers with other models were there all the time. */
export type ModelStatus = 'ready' | 'away' | 'removed';
export type ListedModel = RegisteredModel & { registeredAt: Date; status: ModelStatus };

/** Workers say so often which models they have. */
export const SERVES_EVERY_MS = 15_000;
const AWAY_AFTER = `interval '60 s'`;
// Long enough for a worker to be started anew with large models.
const REMOVED_AFTER = `interval '5 min'`;
const SINCE = `served_since = CASE WHEN m.served_at < clock_timestamp() - ${AWAY_AFTER} THEN clock_timestamp() ELSE m.served_since END`;

// The first worker says what a model is; whoever comes with other files under the same name and version gets no row back.
const REGISTER: Statement = {
  name: 'register_model',
  text: `INSERT INTO models AS m (id, version, aliases, dimension, shorter_dimensions, max_tokens, space, fingerprint, licence, origin, kind, inputs)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (id, version) DO UPDATE SET ${SINCE}, served_at = clock_timestamp(), aliases = excluded.aliases, licence = excluded.licence, origin = excluded.origin,
      shorter_dimensions = excluded.shorter_dimensions
    WHERE m.fingerprint = excluded.fingerprint RETURNING id`,
};

const SERVE: Statement = {
  name: 'serve_models',
  text: `UPDATE models m SET ${SINCE}, served_at = clock_timestamp() FROM unnest($1::text[], $2::text[]) AS mine (id, version)
    WHERE (m.id, m.version) = (mine.id, mine.version)`,
};

// A text that is meant for a model here must not go to a provider, nor the other way round.
const NAMESAKE: Statement = {
  name: 'model_namesake',
  text: `SELECT id FROM models WHERE (kind = 'remote') <> ($1::text = 'remote') AND (id = ANY ($2::text[]) OR aliases && $2::text[]) LIMIT 1`,
};

// Joined by underscores, a_b and c give what a and b_c give: their vectors would meet in one space, or each would be sent what is meant for the other.
const SAME_SPACE = {
  name: 'model_of_same_space',
  text: `SELECT id, version FROM models WHERE id <> $1 AND coalesce(space, id || '_' || version || '_reranker') = $2 LIMIT 1`,
};

// Workers that came back a moment ago say nothing of the models of those that will come back next: one must have been there all the time.
const STATUS = `CASE WHEN m.served_at > clock_timestamp() - ${AWAY_AFTER} THEN 'ready'
  WHEN m.served_at < clock_timestamp() - ${REMOVED_AFTER} AND EXISTS (SELECT 1 FROM models o
    WHERE o.served_at > clock_timestamp() - ${AWAY_AFTER} AND o.served_since < clock_timestamp() - ${REMOVED_AFTER}) THEN 'removed'
  ELSE 'away' END`;

// A model that makes vectors can be used once its space is there. Of two versions, that which can be used is the one that is meant.
const LIST: Statement = {
  name: 'list_models',
  text: `SELECT kind, id, version, aliases, dimension, shorter_dimensions AS "shorterDimensions", max_tokens AS "maxTokens", space, fingerprint, licence, origin, inputs, registered_at AS "registeredAt", ${STATUS} AS status
    FROM models m WHERE kind = 'reranker' OR EXISTS (SELECT 1 FROM spaces s WHERE s.name = m.space) ORDER BY ${STATUS} = 'removed', registered_at DESC, id`,
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

/** The id and the version of another model, joined, are the same as ours. */
export class ModelSpaceTakenError extends Error {
  constructor({ id, version }: RegisteredModel, other: { id: string; version: string }) {
    super(
      `The model ${id} with the version ${version} cannot be told from the model ${other.id} with the version ${other.version}: with an underscore between id and version they are called the same, and so is their vector space. Give it another id or version.`,
    );
    this.name = 'ModelSpaceTakenError';
  }
}

const NO_VECTORS = { dimension: null, shorterDimensions: [], space: null, inputs: ['text'] };

export async function registerModel(database: Database, model: RegisteredModel): Promise<void> {
  const { kind, id, version, aliases, maxTokens, fingerprint, licence, origin } = model;
  const { dimension, shorterDimensions, space, inputs } = kind === 'reranker' ? NO_VECTORS : model;
  const values = [id, version, aliases, dimension, shorterDimensions, maxTokens, space, fingerprint, licence, origin, kind, inputs];
  const [namesake] = await database.single<{ id: string }>(NAMESAKE, [kind, [id, ...aliases]]);
  if (namesake) throw new ModelNamesakeError(model, namesake.id);
  const [other] = await database.single<{ id: string; version: string }>(SAME_SPACE, [id, space ?? `${id}_${version}_reranker`]);
  if (other) throw new ModelSpaceTakenError(model, other);
  try {
    if ((await database.single(REGISTER, values)).length === 0) throw new ModelConflictError(model);
  } catch (error) {
    if (!isUniqueViolation(error, 'models_space_key')) throw error;
    // Of two workers that start at once, one may meet the other's row by its space before it meets it by its name.
    await registerModel(database, model);
  }
}

/** Says that a worker has these models now. */
export async function serveModels(database: Database, models: readonly { id: string; version: string }[]): Promise<void> {
  await database.single(SERVE, [models.map(({ id }) => id), models.map(({ version }) => version)]);
}

/** The newest first; those that were removed last. */
export function listModels(database: Database): Promise<ListedModel[]> {
  return database.single<ListedModel>(LIST);
}
