import { ConversionRefusedError } from './conversion-refused.js';

export type Family = 'bert' | 'roberta' | 'mpnet';
/** What lies behind the encoder: nothing, or the layers that give a cross-encoder's scores. */
export type Head = 'none' | 'classifier';

const ARCHITECTURES: Readonly<Record<string, { family: Family; head: Head }>> = {
  BertModel: { family: 'bert', head: 'none' },
  BertForMaskedLM: { family: 'bert', head: 'none' },
  BertForSequenceClassification: { family: 'bert', head: 'classifier' },
  RobertaModel: { family: 'roberta', head: 'none' },
  RobertaForMaskedLM: { family: 'roberta', head: 'none' },
  RobertaForSequenceClassification: { family: 'roberta', head: 'classifier' },
  XLMRobertaModel: { family: 'roberta', head: 'none' },
  XLMRobertaForMaskedLM: { family: 'roberta', head: 'none' },
  XLMRobertaForSequenceClassification: { family: 'roberta', head: 'classifier' },
  MPNetModel: { family: 'mpnet', head: 'none' },
  MPNetForMaskedLM: { family: 'mpnet', head: 'none' },
};

export type Activation = 'gelu' | 'relu';
const ACTIVATIONS: readonly string[] = ['gelu', 'relu'] satisfies Activation[];

/** MPNet's positions always count from here, whatever its configuration says. */
const MPNET_PADDING = 1;
const BUCKETS = 32;

export interface EncoderConfig {
  architecture: string;
  family: Family;
  head: Head;
  hidden: number;
  layers: number;
  heads: number;
  intermediate: number;
  activation: Activation;
  epsilon: number;
  vocabulary: number;
  /** Rows of the position table. */
  positions: number;
  /** Rows of the token type table; 0 without one. */
  tokenTypes: number;
  /** Where the family counts positions from the padding id: that id. */
  padding: number;
  /** The longest text in tokens. */
  maxTokens: number;
  /** Of MPNet: how many distances are told apart. */
  buckets: number;
}

type Json = Readonly<Record<string, unknown>>;

function count(config: Json, name: string, otherwise?: number): number {
  const value = config[name] ?? otherwise;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ConversionRefusedError(`config.json needs a whole number as ${name}, and has ${JSON.stringify(value)}.`);
}

function positive(config: Json, name: string, otherwise?: number): number {
  const value = count(config, name, otherwise);
  if (value > 0) return value;
  throw new ConversionRefusedError(`config.json has 0 as ${name}.`);
}

function refuseVariants(config: Json): void {
  const positions = config.position_embedding_type ?? 'absolute';
  if (positions !== 'absolute')
    throw new ConversionRefusedError(`Position embeddings of the kind ${JSON.stringify(positions)} are not supported, only "absolute".`);
  if (config.is_decoder === true || config.add_cross_attention === true)
    throw new ConversionRefusedError('config.json describes a decoder; only encoders are supported.');
  const activation = config.hidden_act ?? 'gelu';
  if (!ACTIVATIONS.includes(activation as string)) {
    throw new ConversionRefusedError(`The activation ${JSON.stringify(activation)} is not supported. Supported are: ${ACTIVATIONS.join(', ')}.`);
  }
}

function architectureOf({ architectures }: Json): string {
  const architecture = Array.isArray(architectures) ? architectures[0] : undefined;
  if (typeof architecture === 'string' && Object.hasOwn(ARCHITECTURES, architecture)) return architecture;
  throw new ConversionRefusedError(
    `The architecture ${JSON.stringify(architecture)} cannot be built from its weights. Supported are: ${Object.keys(ARCHITECTURES).join(', ')}. Of any other model, export an ONNX file first.`,
  );
}

/** Positions before this one are never given out: 0, or one more than the padding id. */
const firstPosition = (family: Family, padding: number) => (family === 'bert' ? 0 : padding + 1);

function paddingOf(config: Json, family: Family): number {
  if (family === 'bert') return 0;
  return family === 'mpnet' ? MPNET_PADDING : count(config, 'pad_token_id', 1);
}

/** What config.json says of an encoder of the BERT family; an error where it asks for something that cannot be built exactly. */
export function readEncoderConfig(config: Json): EncoderConfig {
  const architecture = architectureOf(config);
  const { family, head } = ARCHITECTURES[architecture] as { family: Family; head: Head };
  refuseVariants(config);
  const [hidden, heads, positions] = [positive(config, 'hidden_size'), positive(config, 'num_attention_heads'), positive(config, 'max_position_embeddings')];
  const padding = paddingOf(config, family);
  const maxTokens = positions - firstPosition(family, padding);
  const epsilon = config.layer_norm_eps ?? 1e-12;
  if (hidden % heads !== 0) throw new ConversionRefusedError(`config.json has hidden_size ${hidden}, which ${heads} attention heads cannot share.`);
  if (maxTokens < 1) throw new ConversionRefusedError(`config.json has max_position_embeddings ${positions}, too few for a text.`);
  if (typeof epsilon !== 'number' || !(epsilon > 0 && epsilon < 1))
    throw new ConversionRefusedError(`config.json has the layer_norm_eps ${JSON.stringify(epsilon)}.`);
  return {
    architecture,
    family,
    head,
    hidden,
    layers: positive(config, 'num_hidden_layers'),
    heads,
    intermediate: positive(config, 'intermediate_size'),
    activation: (config.hidden_act ?? 'gelu') as Activation,
    epsilon,
    vocabulary: positive(config, 'vocab_size'),
    positions,
    tokenTypes: family === 'mpnet' ? 0 : positive(config, 'type_vocab_size', 2),
    padding,
    maxTokens,
    buckets: positive(config, 'relative_attention_num_buckets', BUCKETS),
  };
}

/** The longest text in tokens that a model with this config.json reads, as far as it says so. */
export function maxTokensOf(config: Json): number | undefined {
  const positions = config.max_position_embeddings;
  if (!Number.isSafeInteger(positions)) return undefined;
  const family = FAMILY_OF_TYPE[String(config.model_type)] ?? 'bert';
  return (positions as number) - firstPosition(family, paddingOf(config, family));
}

const FAMILY_OF_TYPE: Readonly<Record<string, Family>> = { roberta: 'roberta', 'xlm-roberta': 'roberta', camembert: 'roberta', mpnet: 'mpnet' };
