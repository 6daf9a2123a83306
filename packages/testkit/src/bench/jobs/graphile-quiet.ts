import { Logger } from 'graphile-worker';

/** graphile-worker without a line per job on the console, which would cost it more than the job. */
export const QUIET = new Logger(() => () => undefined);
