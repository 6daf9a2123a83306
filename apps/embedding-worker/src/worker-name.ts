import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Says for people which process has a job or a device. */
export const WORKER_NAME = `${hostname()}.${process.pid}.${randomBytes(3).toString('hex')}`;
