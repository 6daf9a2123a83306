import { Account } from './account.entity.js';
import { ApiKey } from './api-key.entity.js';
import { AuditLogEntry } from './audit-entry.entity.js';
import { Blob } from './blob.entity.js';
import { ChunkRow } from './chunk.entity.js';
import { ChunkingProfile } from './chunking-profile.entity.js';
import { Collection } from './collection.entity.js';
import { CollectionAlias } from './collection-alias.entity.js';
import { CollectionIndex } from './collection-index.entity.js';
import { CollectionShare } from './collection-share.entity.js';
import { CollectionTemplate } from './collection-template.entity.js';
import { CollectionVersion } from './collection-version.entity.js';
import { DeviceLeaseRow } from './device-lease.entity.js';
import { DocumentRow } from './document.entity.js';
import { FreshPoints } from './fresh-points.entity.js';
import { GarbagePoint } from './garbage-point.entity.js';
import { IdempotencyKey } from './idempotency-key.entity.js';
import { Invitation } from './invitation.entity.js';
import { Job } from './job.entity.js';
import { JobAttempt } from './job-attempt.entity.js';
import { JobEvent } from './job-event.entity.js';
import { JobInput } from './job-input.entity.js';
import { Manifest } from './manifest.entity.js';
import { ModelRow } from './model.entity.js';
import { Operation } from './operation.entity.js';
import { OperationEvent } from './operation-event.entity.js';
import { Organisation } from './organisation.entity.js';
import { OutboxRow } from './outbox-row.entity.js';
import { Quota } from './quota.entity.js';
import { QuotaUsage } from './quota-usage.entity.js';
import { RefreshToken } from './refresh-token.entity.js';
import { Session } from './session.entity.js';
import { Source } from './source.entity.js';
import { Space } from './space.entity.js';
import { SystemFact } from './system-fact.entity.js';
import { User } from './user.entity.js';
import { VectorRow } from './vector.entity.js';

export const ENTITIES = [
  Organisation,
  User,
  ApiKey,
  Job,
  JobEvent,
  JobAttempt,
  JobInput,
  OutboxRow,
  VectorRow,
  GarbagePoint,
  FreshPoints,
  IdempotencyKey,
  ModelRow,
  DeviceLeaseRow,
  Space,
  SystemFact,
  Collection,
  CollectionShare,
  CollectionIndex,
  CollectionAlias,
  CollectionTemplate,
  CollectionVersion,
  Source,
  Operation,
  OperationEvent,
  Blob,
  DocumentRow,
  Manifest,
  ChunkingProfile,
  ChunkRow,
  Quota,
  QuotaUsage,
  AuditLogEntry,
  Account,
  Invitation,
  Session,
  RefreshToken,
];
export {
  Account,
  ApiKey,
  AuditLogEntry,
  Blob,
  ChunkingProfile,
  ChunkRow,
  Collection,
  CollectionAlias,
  CollectionIndex,
  CollectionShare,
  CollectionTemplate,
  CollectionVersion,
  DeviceLeaseRow,
  DocumentRow,
  FreshPoints,
  GarbagePoint,
  IdempotencyKey,
  Invitation,
  Job,
  JobAttempt,
  JobEvent,
  JobInput,
  Manifest,
  ModelRow,
  Operation,
  OperationEvent,
  Organisation,
  OutboxRow,
  Quota,
  QuotaUsage,
  RefreshToken,
  Session,
  Source,
  Space,
  SystemFact,
  User,
  VectorRow,
};
