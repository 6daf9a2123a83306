import { absent, Endpoint, type ListedModel, ModelDirectory, type RegisteredEncoder, TextFromPath } from '@cairn/common';
import { findModel, howToGetBack } from '@cairn/models/catalogue';
import { Controller } from '@nestjs/common';

const MODEL = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    object: { const: 'model' },
    created: { type: 'integer', description: 'Seconds since 1970 when it was first served here.' },
    owned_by: { type: 'string', description: 'Whose model it is.' },
    inputs: { type: 'array', items: { enum: ['text', 'image'] }, description: 'What it makes vectors of; left out of a reranker.' },
    kind: { enum: ['embedding', 'reranker'], description: '`embedding` makes vectors, and orders texts too; `reranker` orders texts only.' },
    aliases: { type: 'array', items: { type: 'string' } },
    version: { type: 'string' },
    dimensions: { type: 'integer', description: 'Numbers of a vector; left out of a reranker.' },
    shorter_dimensions: { type: 'array', items: { type: 'integer' } },
    max_tokens: { type: 'integer', description: 'Of a text; what is longer is cut. 0 of a model that reads no texts.' },
    licence: { type: 'string' },
    status: {
      enum: ['ready', 'away', 'removed'],
      description: '`ready`: a worker has it. `away`: none has it now; what needs it waits. `removed`: none has had it for minutes, while others were there.',
    },
    status_detail: { type: 'string', description: 'How to get back one that was removed.' },
  },
  required: ['id', 'object', 'created', 'owned_by', 'status'],
};
const LIST = {
  type: 'object',
  properties: { object: { const: 'list' }, data: { type: 'array', items: MODEL } },
  required: ['object', 'data'],
};

@Controller()
export class ModelsController {
  constructor(private readonly models: ModelDirectory) {}

  @Endpoint('GET /v1/models', {
    summary: 'The models that are here or were, in OpenAI’s form.',
    permission: { scope: 'read' },
    answers: { 200: LIST },
    tag: 'OpenAI',
  })
  async list() {
    return { object: 'list', data: (await this.models.list()).map(shown) };
  }

  @Endpoint('GET /v1/models/{id}', {
    summary: 'One model, by its id or an alias.',
    permission: { scope: 'read' },
    answers: { 200: MODEL },
    errors: ['not_found'],
    tag: 'OpenAI',
  })
  async read(@TextFromPath('id', 'The id of the model, or an alias.') id: string) {
    const model = findModel(id, await this.models.list());
    if (model === undefined) throw absent('model');
    return shown(model);
  }
}

function shown(model: ListedModel) {
  const { id, aliases, version, maxTokens, licence, origin, registeredAt, status } = model;
  return {
    id,
    object: 'model',
    created: Math.floor(registeredAt.getTime() / 1_000),
    owned_by: origin,
    aliases,
    version,
    max_tokens: maxTokens,
    licence,
    status,
    ...(status === 'removed' ? { status_detail: howToGetBack(model) } : {}),
    ...(model.kind === 'reranker' ? { kind: 'reranker' } : encodes(model)),
  };
}

function encodes({ dimension, shorterDimensions, inputs }: RegisteredEncoder) {
  return { kind: 'embedding', inputs, dimensions: dimension, shorter_dimensions: shorterDimensions };
}
