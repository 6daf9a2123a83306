import type { Database, Statement } from '../data/database.js';

/** What the services must know of a model that workers have. */
export interface RegisteredModel {
  id: string;
  version: string;
  aliases: string[];
  dimension: number;
  /** Shorter vectors that a caller may ask for. */
  shorterDimensions: number[];
  maxTokens: number;
  space: string;
  fingerprint: string;
  licence: string;
  origin: string;
}

export interface ListedModel extends RegisteredModel {
  registeredAt: Date;
}

// The first worker says what a model is; whoever comes with other files under the same name and version gets no row back.
const REGISTER: Statement = {
  name: 'register_model',
  text: `INSERT INTO models AS m (id, version, aliases, dimension, shorter_dimensions, max_tokens, space, fingerprint, licence, origin)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (id, version) DO UPDATE SET served_at = clock_timestamp(), aliases = excluded.aliases, licence = excluded.licence, origin = excluded.origin,
      shorter_dimensions = excluded.shorter_dimensions
    WHERE m.fingerprint = excluded.fingerprint RETURNING id`,
};

// A model can be used once its vector space is there.
const LIST: Statement = {
  name: 'list_models',
  text: `SELECT id, version, aliases, dimension, shorter_dimensions AS "shorterDimensions", max_tokens AS "maxTokens", space, fingerprint, licence, origin, registered_at AS "registeredAt"
    FROM models m WHERE EXISTS (SELECT 1 FROM spaces s WHERE s.name = m.space) ORDER BY registered_at DESC, id`,
};

/** Another worker served other files under the same name and version: their vectors must not meet in one space. */
export class ModelConflictError extends Error {
  constructor({ id, version }: RegisteredModel) {
    super(
      `The model ${id} ${version} was served here before with other files or settings. Install the same ones, or import these under another version: their vectors must not be compared.`,
    );
    this.name = 'ModelConflictError';
  }
}

export async function registerModel(database: Database, model: RegisteredModel): Promise<void> {
  const { id, version, aliases, dimension, shorterDimensions, maxTokens, space, fingerprint, licence, origin } = model;
  const values = [id, version, aliases, dimension, shorterDimensions, maxTokens, space, fingerprint, licence, origin];
  if ((await database.single(REGISTER, values)).length === 0) throw new ModelConflictError(model);
}

/** The newest first. */
export function listModels(database: Database): Promise<ListedModel[]> {
  return database.single<ListedModel>(LIST);
}
