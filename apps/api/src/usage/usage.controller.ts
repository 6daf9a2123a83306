import { type Access, CallerAccess, type CollectionUsage, Database, Endpoint, FromQuery, readUsage, type UsageCounts } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { periodOf } from '../analytics/period.js';
import { UsageDto } from './usage.dto.js';

const COLLECTIONS = 100;
const TEXT = { type: 'string' };
const TIME = { type: 'string', format: 'date-time' };
const COUNT = { type: 'integer' };

const COUNTS = {
  documents: { ...COUNT, description: 'That are there now.' },
  bytes: { ...COUNT, description: 'Of these documents, as they were sent.' },
  chunks: { ...COUNT, description: 'In the indexes that serve now.' },
  searches: { type: ['integer', 'null'], description: 'Between `from` and `to`; null where the organisation wants no searches kept.' },
};
const COLLECTION = { collection_id: TEXT, name: TEXT, ...COUNTS };
const USAGE = {
  from: TIME,
  to: TIME,
  ...COUNTS,
  collections: { type: 'array', items: { type: 'object', properties: COLLECTION, required: Object.keys(COLLECTION) } },
};

@Controller()
export class UsageController {
  constructor(private readonly database: Database) {}

  @Endpoint('GET /api/v2/usage', {
    summary: 'What the organisation holds, and how often it is searched, as a whole and by collection.',
    description: 'Of collections, those that you may read. A search in several counts for each of them, and once for the organisation.',
    permission: { scope: 'admin' },
    unknownFields: 'refuse',
    answers: { 200: { type: 'object', properties: USAGE, required: Object.keys(USAGE) } },
    tag: 'Usage',
  })
  async read(@CallerAccess() access: Access, @FromQuery() { from, to, limit = COLLECTIONS }: UsageDto) {
    const period = periodOf(['from', from], ['to', to]);
    const usage = await this.database.tenantSnapshot(access.scope, (sql) => readUsage(sql, access, { ...period, limit }));
    return { from: usage.from, to: usage.to, ...countsOf(usage), collections: usage.collections.map(collectionAnswer) };
  }
}

function countsOf({ documents, bytes, chunks, searches }: UsageCounts): UsageCounts {
  return { documents, bytes, chunks, searches };
}

function collectionAnswer({ collectionId, name, ...counts }: CollectionUsage): object {
  return { collection_id: collectionId, name, ...countsOf(counts) };
}
