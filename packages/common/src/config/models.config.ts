import { IsIn, IsInt, IsOptional, IsString, Matches, Min } from 'class-validator';
import { type EnsembleConfig, ensemblesOf } from './ensembles.js';
import { Env } from './env.decorator.js';
import type { ChecksItself, ConfigProblem } from './load-config.js';
import { type RemoteModelConfig, remoteModelsOf } from './remote-models.js';

const PROVIDERS = ['cpu', 'cuda', 'webgpu'] as const;

/** Which models there are, and what they may take. */
export class ModelsConfig implements ChecksItself {
  @Env('MODELS_DIR', { doc: 'Folder of the models that cairn models installed. Not set: the built-in model only.', example: '/var/lib/cairn/models' })
  @IsOptional()
  @IsString()
  folder?: string;

  @Env('MODEL_PROVIDER', { doc: 'Where models compute: cpu, cuda or webgpu.' })
  @IsIn(PROVIDERS)
  provider: (typeof PROVIDERS)[number] = 'cpu';

  @Env('MODEL_MEMORY_MB', {
    doc: 'Memory for loaded models, by estimate; beyond it the least used one is unloaded. Not set: half of what the process may use.',
  })
  @IsOptional()
  @IsInt()
  @Min(64)
  memoryMb?: number;

  @Env('MODEL_IDLE_SECONDS', { doc: 'A model that nobody used for so long is unloaded, and loaded again when it is needed; 0: never. The built-in one stays.' })
  @IsInt()
  @Min(0)
  idleSeconds: number = 900;

  @Env('MODEL_QUERY_SESSIONS', { doc: 'Sessions of one thread each for queries, besides the one for documents that uses all processors.' })
  @IsInt()
  @Min(1)
  querySessions: number = 1;

  @Env('MODEL_DEVICE', {
    doc: 'Name of a device (a GPU) that workers share: those that say the same name take turns, with one model on it at a time. auto: the name of the GPU that this process sees, or of its machine. Not set: no turns are taken.',
    example: 'auto',
  })
  @IsOptional()
  @Matches(/^[\w.:-]{1,200}$/, { message: '$property must be letters, digits, dots, colons, hyphens and underscores, at most 200' })
  device?: string;

  @Env('MODEL_DEVICE_TURN_SECONDS', { doc: 'How long a model that is in use keeps MODEL_DEVICE while others wait for it.' })
  @IsInt()
  @Min(1)
  turnSeconds: number = 10;

  @Env('REMOTE_MODELS', {
    doc: "Models of providers that speak OpenAI's form of /embeddings, as a JSON list of {id, url, dimension, max_tokens, api_key}. Texts that use them leave this system.",
    secret: true,
    example: '[{"id":"their-model","url":"https://api.example.org/v1","dimension":1536,"max_tokens":8191,"api_key":"..."}]',
  })
  @IsString()
  remoteModelsJson: string = '[]';

  @Env('ENSEMBLES', {
    doc: 'Models whose vectors are mixed, as a JSON list of {id, members: [{model, weight}], dimension}. The weights of each add up to 1.',
    example: '[{"id":"our-mix","members":[{"model":"all-MiniLM-L6-v2","weight":0.4},{"model":"bge-small-en-v1.5","weight":0.6}]}]',
  })
  @IsString()
  ensemblesJson: string = '[]';

  get ensembles(): EnsembleConfig[] {
    return ensemblesOf(this.ensemblesJson);
  }

  get remoteModels(): RemoteModelConfig[] {
    return remoteModelsOf(this.remoteModelsJson);
  }

  problems(): ConfigProblem[] {
    return [...problemsOf('REMOTE_MODELS', () => this.remoteModels), ...problemsOf('ENSEMBLES', () => this.ensembles)];
  }
}

function problemsOf(name: string, read: () => unknown): ConfigProblem[] {
  try {
    read();
    return [];
  } catch (error) {
    return [{ name, message: (error as Error).message }];
  }
}
