import type { Schemas } from '@qdrant/js-client-rest';
import type { QdrantFilter } from '../conditions.js';
import { POINT_ID } from './point-fields.js';
import type { ProtobufWriter } from './protobuf-writer.js';

const FILTER = { must: 2, must_not: 3 } as const;
const CONDITION = { field: 1, hasId: 3, filter: 4 };
const FIELD_CONDITION = { key: 1, match: 2 };
const MATCH = { keyword: 1, keywords: 5 };
const KEYWORDS = { strings: 1 };
const HAS_ID = { ids: 1 };

type Condition = Schemas['Condition'];

/**
 * Writes the part of Qdrant's filters that `conditions.ts` makes. Anything else throws: a condition that was left out would widen the search.
 */
export function writeFilter(writer: ProtobufWriter, filter: QdrantFilter): void {
  for (const [clause, conditions] of Object.entries(filter)) {
    if (clause !== 'must' && clause !== 'must_not') throw notWritable(clause);
    for (const condition of conditions as Condition[]) writeCondition(writer, FILTER[clause], condition);
  }
}

function writeCondition(writer: ProtobufWriter, clause: number, condition: Condition): void {
  const start = writer.open(clause);
  if ('key' in condition) writeFieldCondition(writer, condition as Schemas['FieldCondition']);
  else if ('has_id' in condition) writeHasId(writer, condition as Schemas['HasIdCondition']);
  else writeNested(writer, condition as QdrantFilter);
  writer.close(start);
}

function writeFieldCondition(writer: ProtobufWriter, condition: Schemas['FieldCondition']): void {
  const start = writer.open(CONDITION.field);
  writer.string(FIELD_CONDITION.key, condition.key);
  const match = writer.open(FIELD_CONDITION.match);
  writeMatch(writer, condition.match);
  writer.close(match);
  writer.close(start);
}

function writeMatch(writer: ProtobufWriter, match: Schemas['FieldCondition']['match']): void {
  if (match && 'value' in match && typeof match.value === 'string') {
    writer.string(MATCH.keyword, match.value);
    return;
  }
  if (!match || !('any' in match) || !Array.isArray(match.any)) throw notWritable('match');
  const start = writer.open(MATCH.keywords);
  for (const value of match.any) writer.string(KEYWORDS.strings, String(value));
  writer.close(start);
}

function writeHasId(writer: ProtobufWriter, condition: Schemas['HasIdCondition']): void {
  const start = writer.open(CONDITION.hasId);
  for (const id of condition.has_id) {
    const one = writer.open(HAS_ID.ids);
    writer.string(POINT_ID.uuid, String(id));
    writer.close(one);
  }
  writer.close(start);
}

function writeNested(writer: ProtobufWriter, filter: QdrantFilter): void {
  const start = writer.open(CONDITION.filter);
  writeFilter(writer, filter);
  writer.close(start);
}

function notWritable(what: string): Error {
  return new Error(`A filter with "${what}" cannot be written as gRPC`);
}
