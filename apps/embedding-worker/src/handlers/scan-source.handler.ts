import {
  type BlobStore,
  boundToSource,
  CairnError,
  type Database,
  deleteDocuments,
  documentsOfSource,
  duplicatesOf,
  ERRORS,
  growOperation,
  hasLaterRun,
  holdJob,
  holdSource,
  indexesInUse,
  knownVersions,
  type NewDocument,
  noteResult,
  PermanentJobError,
  readSecrets,
  readSource as readStoredSource,
  type SecretBox,
  type Secrets,
  type SourceView,
  type Sql,
  shareLearning,
  sourceIndexed,
  startIndexing,
  storeBlobs,
  writeDocuments,
} from '@cairn/common';
import { listSource, type ReadSource, readSource, type SourceItem, type SourceNote, type SourceRules } from '@cairn/ingest/sources';
import { externalIdOf } from '../documents/external-id.js';
import type { SourceFolders } from '../documents/source-folders.js';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

/** Files that are looked at, read and accepted together. */
const AT_A_TIME = 100;
const MOST_NOTES = 100;

/** How many files were found to be what. */
interface Counts {
  found: number;
  changed: number;
  unchanged: number;
  /** Of those that were read, how many have the content of an older document. */
  duplicates: number;
  removed: number;
  unreadable: number;
}

/** What it takes to read a source. */
interface Reach {
  rules: SourceRules;
  folders: SourceFolders;
  box: SecretBox;
}

interface Scan {
  context: JobContext;
  rules: SourceRules;
  operationId: string;
  source: SourceView;
  read: ReadSource;
  counts: Counts;
  notes: { path: string; reason: string }[];
  seen: Set<string>;
}

/** Looks through a source: what is new or changed becomes documents, what is gone is deleted. What did not change is not read. */
export class ScanSourceHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly reach: Reach,
    private readonly options: { maxAttempts: number; maxFileBytes: number },
  ) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease } = context;
    const source = await this.database.tenant(scope, (sql) => readStoredSource(sql, scope, String(lease.payload.source_id)));
    if (source === undefined) return { kind: 'result', result: { superseded: true } };
    const secrets = await this.secretsOf(context, source.id);
    const read = readSource({ type: source.sourceType, config: { ...Object(source.config.source), ...secrets } });
    const scan: Scan = {
      context,
      rules: { ...this.reach.rules, workFolder: await this.reach.folders.of(scope, source.id) },
      operationId: lease.operationId as string,
      source,
      read,
      counts: { found: 0, changed: 0, unchanged: 0, duplicates: 0, removed: 0, unreadable: 0 },
      notes: [],
      seen: new Set(),
    };
    await this.takeAll(scan).catch((error: unknown) => {
      throw asJobError(error);
    });
    await this.removeGone(scan);
    return { kind: 'commit', commit: (sql) => this.commit(scan, sql) };
  }

  private async secretsOf({ scope }: JobContext, sourceId: string): Promise<Secrets> {
    const sealed = await this.database.tenant(scope, (sql) => readSecrets(sql, scope, sourceId));
    if (sealed === undefined) return {};
    try {
      return this.reach.box.open(sealed, boundToSource(scope, sourceId));
    } catch (cause) {
      const message =
        'The secrets of this source can no longer be read by this system. Post the source again with them, or give the key that they were encrypted with.';
      throw new PermanentJobError('invalid_input', message, { cause });
    }
  }

  private async takeAll(scan: Scan): Promise<void> {
    const { kind, config } = scan.read;
    const { signal } = scan.context;
    await kind.check(config, scan.rules);
    let batch: SourceItem[] = [];
    for await (const item of listSource(scan.read, scan.rules, { signal, note: (note) => addNote(scan, note) })) {
      batch.push(item);
      if (batch.length < AT_A_TIME) continue;
      await this.take(scan, batch);
      batch = [];
    }
    if (batch.length > 0) await this.take(scan, batch);
  }

  private async take(scan: Scan, items: SourceItem[]): Promise<void> {
    const { context, source, counts } = scan;
    const { scope } = context;
    const named = items.map((item) => ({ item, externalId: externalIdOf(source, item) }));
    for (const { externalId } of named) scan.seen.add(externalId);
    counts.found += items.length;
    const versions = await this.database.tenant(scope, (sql) =>
      knownVersions(
        sql,
        scope,
        source,
        named.map(({ externalId }) => externalId),
      ),
    );
    const changed = named.filter(({ item, externalId }) => item.version === undefined || versions.get(externalId) !== item.version);
    const documents: NewDocument[] = [];
    for (const { item, externalId } of changed) {
      const document = await this.readOne(scan, item, externalId);
      if (document) documents.push(document);
    }
    const accepted = documents.length === 0 ? 0 : await this.accept(scan, documents);
    counts.changed += accepted;
    counts.unchanged += items.length - changed.length + documents.length - accepted;
    await context.report('scanning', 0);
  }

  /** A file that cannot be read is told of, and the others go on. */
  private async readOne({ context, rules, read, source, counts, notes }: Scan, item: SourceItem, externalId: string): Promise<NewDocument | undefined> {
    const { scope, signal } = context;
    try {
      const maxBytes = this.options.maxFileBytes;
      const stream = await read.kind.open(read.config, rules, item.listed ?? item, { signal, maxBytes });
      const { hash, size } = await this.blobs.put(scope, stream, { maxBytes, signal });
      const { fileName, path, mimeType, version, metadata } = item;
      return { externalId, fileName, filePath: path, mimeType, size, contentHash: hash, metadata, sourceId: source.id, sourceVersion: version };
    } catch (error) {
      if (!(error instanceof CairnError) || ERRORS[error.code].retry) throw error;
      counts.unreadable++;
      if (notes.length < MOST_NOTES) notes.push({ path: item.path, reason: error.message });
      return undefined;
    }
  }

  /** Answers how many documents have to be indexed. */
  private accept({ context, operationId, source, counts }: Scan, documents: NewDocument[]): Promise<number> {
    const { scope, lease } = context;
    return this.database.tenant(scope, async (sql) => {
      await shareLearning(sql, source.collectionId);
      await holdJob(sql, scope, lease);
      if (!(await holdSource(sql, scope, source.id))) throw new PermanentJobError('source_gone', 'The source was removed while it was read.');
      await storeBlobs(
        sql,
        scope,
        documents.map(({ contentHash, size }) => ({ hash: contentHash, size })),
        this.blobs,
      );
      const decided = await writeDocuments(sql, { scope }, source.collectionId, documents);
      counts.duplicates += (await duplicatesOf(sql, scope, decided)).size;
      const documentIds = decided.filter(({ status }) => status === 'pending').map(({ id }) => id);
      const indexes = await indexesInUse(sql, { scope }, source.collectionId);
      const jobs = documentIds.length * indexes.length;
      if (jobs === 0) return 0;
      if (!(await growOperation(sql, scope, operationId, { total: jobs, jobs })))
        throw new PermanentJobError('operation_over', 'The operation of this run is over. Send the source again.');
      await startIndexing(sql, { scope }, { operationId, indexes, documentIds }, this.options);
      return documentIds.length;
    });
  }

  // A later run may have found files that this one has not: then it is the later one that knows what is gone.
  private async removeGone(scan: Scan): Promise<void> {
    const { context, source, seen, counts } = scan;
    const { scope } = context;
    let after: string | undefined;
    for (;;) {
      const page = await this.database.tenant(scope, (sql) => documentsOfSource(sql, scope, source.id, { after, limit: AT_A_TIME }));
      const gone = page.filter(({ externalId }) => !seen.has(externalId)).map(({ id }) => id);
      if (gone.length > 0) counts.removed += await this.database.tenant(scope, (sql) => this.removeFrom(scan, sql, gone));
      if (page.length < AT_A_TIME) return;
      after = page.at(-1)?.id;
    }
  }

  private async removeFrom({ context, operationId, source }: Scan, sql: Sql, documentIds: string[]): Promise<number> {
    const { scope, lease } = context;
    await holdJob(sql, scope, lease);
    const isLast = (await holdSource(sql, scope, source.id)) && !(await hasLaterRun(sql, scope, source.id, operationId));
    return isLast ? deleteDocuments(sql, scope, documentIds) : 0;
  }

  private async commit({ context, operationId, source, counts, notes }: Scan, sql: Sql) {
    const { scope, lease } = context;
    await holdJob(sql, scope, lease);
    await sourceIndexed(sql, scope, source.id);
    await noteResult(sql, scope, operationId, { ...counts, ...(notes.length === 0 ? {} : { notes }) });
    return { source_id: source.id, ...counts };
  }
}

function addNote({ notes }: Scan, { path, reason }: SourceNote): void {
  if (notes.length < MOST_NOTES) notes.push({ path, reason });
}

/** What a source refuses will be refused again, but for what its code says may work later. */
function asJobError(error: unknown): unknown {
  if (!(error instanceof CairnError) || ERRORS[error.code].retry) return error;
  return new PermanentJobError(error.code, error.message, { cause: error });
}
