import { type EmbeddedText, type OrgId, type PendingVector, PermanentJobError } from '@cairn/common';

/** Makes the vectors of pending texts or images, in their order. */
export interface Embedder {
  /** True where a vector depends on nothing but its content, so that one that is known need not be made again. */
  readonly dependsOnContentOnly: boolean;
  embed(pending: PendingVector[], options: { orgId: OrgId; signal: AbortSignal }): Promise<EmbeddedText[]>;
}

export function textOf({ content }: PendingVector): string {
  if (content.kind === 'text') return content.text;
  throw new PermanentJobError('wrong_content', 'This job is for texts, and holds an image.');
}

export function imageOf({ content }: PendingVector): Buffer {
  if (content.kind === 'image') return content.image;
  throw new PermanentJobError('wrong_content', 'This job is for an image, and holds a text.');
}
