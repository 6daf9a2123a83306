import { ApiKey } from './api-key.entity.js';
import { DeviceLeaseRow } from './device-lease.entity.js';
import { FreshPoints } from './fresh-points.entity.js';
import { GarbagePoint } from './garbage-point.entity.js';
import { IdempotencyKey } from './idempotency-key.entity.js';
import { Job } from './job.entity.js';
import { JobAttempt } from './job-attempt.entity.js';
import { JobEvent } from './job-event.entity.js';
import { JobInput } from './job-input.entity.js';
import { ModelRow } from './model.entity.js';
import { Organisation } from './organisation.entity.js';
import { OutboxRow } from './outbox-row.entity.js';
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
];
export {
  ApiKey,
  DeviceLeaseRow,
  FreshPoints,
  GarbagePoint,
  IdempotencyKey,
  Job,
  JobAttempt,
  JobEvent,
  JobInput,
  ModelRow,
  Organisation,
  OutboxRow,
  Space,
  SystemFact,
  User,
  VectorRow,
};
