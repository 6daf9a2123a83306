import { CairnError, type CollectionView } from '@cairn/common';
import { collectionAnswer } from './collection-answer.js';
import type { UpdateCollectionDto } from './collections.dto.js';

/** A reindex changes these. */
const SETTINGS: readonly (keyof UpdateCollectionDto)[] = [
  'embedding_model',
  'quantization',
  'chunk_size',
  'chunk_overlap',
  'chunking_strategy',
  'chunking_config',
  'embed_context',
  'extract_metadata',
  'chunking_profile',
  'vector_store_name',
];
/** These nobody changes. What changes by itself, as the status does, is not among them: it may have done so since it was read. */
const FOR_GOOD: readonly (keyof UpdateCollectionDto)[] = ['type', 'owner_id'];

/** What is fixed can be named again as it is, by a client that sends back what it read; anything else is refused with the fields' names. */
export function assertFixedStay(view: CollectionView, dto: UpdateCollectionDto): void {
  const now: object = collectionAnswer(view);
  const isOther = (field: keyof UpdateCollectionDto) => dto[field] !== undefined && JSON.stringify(dto[field]) !== JSON.stringify(Reflect.get(now, field));
  const [settings, others] = [SETTINGS.filter(isOther), FOR_GOOD.filter(isOther)];
  const sentences = [
    ...(settings.length > 0
      ? [`${settings.join(', ')} cannot be changed in place. Reindex the collection with other settings: POST /api/v2/collections/{id}/reindex.`]
      : []),
    ...(others.length > 0 ? [`${others.join(', ')} cannot be changed at all. Leave it out, or send what the collection has.`] : []),
  ];
  if (sentences.length === 0) return;
  throw new CairnError('bad_request', sentences.join(' '), {
    errors: [
      ...settings.map((path) => ({ path, message: 'is fixed; reindex to change it' })),
      ...others.map((path) => ({ path, message: 'is fixed; leave it out, or send what the collection has' })),
    ],
  });
}
