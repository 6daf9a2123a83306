import { createHash, webcrypto } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type OrgId = Branded<'OrgId'>;
export type JobId = Branded<'JobId'>;
/** The id a client sees for a vector: a function of organisation, asset, segment, model label and version. */
export type PointId = Branded<'PointId'>;
/** The id Qdrant stores a vector under: a function of the point id and of the attempt that wrote it (docs/adr/0003). */
export type StoredPointId = Branded<'StoredPointId'>;

// Golden point ids carry no version bits, so every strict UUID validator refuses them.
export const LOOSE_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for any 8-4-4-4-12 hex text, version bits or not. */
export function isLooseUuid(value: unknown): value is string {
  return typeof value === 'string' && LOOSE_UUID.test(value);
}

/** A time-ordered id; unlike a sequence it never repeats after a database failover that lost its tail. */
export function newId<T extends string = string>(): T {
  return uuidv7() as T;
}

function uuidOfHash(text: string): string {
  const hex = createHash('sha256').update(text, 'utf8').digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export interface VectorTuple {
  orgId: OrgId;
  assetId: string;
  segmentId: string;
  model: string;
  modelVer: string;
}

/** First 16 bytes of SHA-256 over `org:asset:segment:model:model_ver`. Two tuples can share an id (`a:b`,`c` and `a`,`b:c`): store the tuple beside it. */
export function pointIdOf(tuple: VectorTuple): PointId {
  return uuidOfHash([tuple.orgId, tuple.assetId, tuple.segmentId, tuple.model, tuple.modelVer].join(':')) as PointId;
}

/** Each attempt writes its own Qdrant points, so a late writer can never overwrite what a newer one activated. */
export function storedPointIdOf(pointId: PointId, leaseToken: string): StoredPointId {
  return uuidOfHash(`${pointId}:${leaseToken}`) as StoredPointId;
}

/** First 16 hex digits of SHA-256 of the UTF-8 text. */
export function textHashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

/** SHA-256 of an image in hex, computed beside this thread: images have megabytes. */
export async function imageHashOf(image: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', image)).toString('hex');
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

const asciiString = (text: string): string => JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** JSON with keys sorted by code point, no spaces, and everything outside 0x20-0x7E escaped: the form job keys are hashed over. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return asciiString(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort(compareCodePoints);
  return `{${members.map((key) => `${asciiString(key)}:${canonicalJson(value[key] as Json)}`).join(',')}}`;
}

/** Hex SHA-256 of `org:op:json`: two requests with one key ask for the same work. */
export function jobKeyOf(orgId: OrgId, op: string, payload: { [key: string]: Json }): string {
  return createHash('sha256')
    .update(`${orgId.toLowerCase()}:${op}:${canonicalJson(payload)}`, 'utf8')
    .digest('hex');
}
