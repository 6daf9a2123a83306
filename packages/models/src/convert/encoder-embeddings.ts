import type { EncoderConfig } from './encoder-config.js';
import { addNormalisation } from './encoder-layer.js';
import type { EncoderWeights } from './encoder-weights.js';
import type { GraphBuilder } from './graph-builder.js';

const WORDS = 'embeddings.word_embeddings.weight';
const POSITIONS = 'embeddings.position_embeddings.weight';
const TOKEN_TYPES = 'embeddings.token_type_embeddings.weight';

/** BERT counts positions from 0, whatever the text. */
function addPositions(graph: GraphBuilder, table: string): string {
  const ends = graph.add('Shape', ['input_ids'], 'sequence', { start: 1, end: 2 });
  return graph.add('Slice', [table, graph.integers('positions/begin', [0]), ends, graph.integers('positions/axis', [0])], 'positions');
}

/** The others count only what is no padding, from the padding id on. Both the mask and the id say what is padding: the services pad with id 0. */
function addCountedPositions(graph: GraphBuilder, table: string, padding: number): string {
  const isPadding = graph.add('Equal', ['input_ids', graph.integer('positions/padding', padding)], 'positions/is_padding');
  const isText = graph.add('Cast', [graph.add('Not', [isPadding], 'positions/is_no_padding')], 'positions/is_text', { to: 7 });
  const counted = graph.add('Mul', [isText, 'attention_mask'], 'positions/counted');
  const count = graph.add('CumSum', [counted, graph.integer('positions/along', 1)], 'positions/count');
  const places = graph.add('Mul', [count, counted], 'positions/places');
  return graph.add('Gather', [table, graph.add('Add', [places, 'positions/padding'], 'positions/ids')], 'positions');
}

/** A single type is the same for every token: its row is added as it is. */
function addTokenTypes(graph: GraphBuilder, weights: EncoderWeights, { tokenTypes, hidden }: EncoderConfig): string {
  const table = graph.weight(TOKEN_TYPES, weights.encoder(TOKEN_TYPES, [tokenTypes, hidden]));
  return tokenTypes === 1 ? table : graph.add('Gather', [table, 'token_type_ids'], 'token_types');
}

/** What the first layer reads: the sum of word, token type and position, normalised. */
export function addEmbeddings(graph: GraphBuilder, weights: EncoderWeights, config: EncoderConfig): string {
  const { family, hidden, vocabulary, positions, tokenTypes, padding } = config;
  const words = graph.weight(WORDS, weights.encoder(WORDS, [vocabulary, hidden]));
  const places = graph.weight(POSITIONS, weights.encoder(POSITIONS, [positions, hidden]));
  const word = graph.add('Gather', [words, 'input_ids'], 'words');
  const typed = tokenTypes === 0 ? word : graph.add('Add', [word, addTokenTypes(graph, weights, config)], 'typed_words');
  const position = family === 'bert' ? addPositions(graph, places) : addCountedPositions(graph, places, padding);
  const sum = graph.add('Add', [typed, position], 'embeddings/sum');
  return addNormalisation(graph, weights, { input: sum, name: 'embeddings.LayerNorm', output: 'embeddings', config });
}
