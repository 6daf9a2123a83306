import type { Stage } from '../stage.js';

/** Plays one situation on a running system and throws a Violation when a promise is not kept. */
export type Scenario = (stage: Stage) => Promise<void>;
