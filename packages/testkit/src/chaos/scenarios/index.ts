import type { ServiceName } from '../../system/service-process.js';
import { cancelledCanBeSentAgain } from './cancelled-can-be-sent-again.js';
import { collectionsAreApart } from './collections-are-apart.js';
import { deadPointsHideNothing } from './dead-points-hide-nothing.js';
import { deadWorkerIsReplaced } from './dead-worker-is-replaced.js';
import { deadlineEndsAJob } from './deadline-ends-a-job.js';
import { deleteBeatsRunningIngest } from './delete-beats-running-ingest.js';
import { deletedDocumentStaysDeleted } from './deleted-document-stays-deleted.js';
import { deletedIsUnsearchable } from './deleted-is-unsearchable.js';
import { documentSurvivesEveryCrash } from './document-survives-every-crash.js';
import { duplicateBellsStealNothing } from './duplicate-bells-steal-nothing.js';
import { effectAndEndAreOne } from './effect-and-end-are-one.js';
import { everyChangeHasItsEvent } from './every-change-has-its-event.js';
import { failedReindexMakesRoom } from './failed-reindex-makes-room.js';
import { feedWaitsForSlowCommits } from './feed-waits-for-slow-commits.js';
import { hiddenPointsAreFound } from './hidden-points-are-found.js';
import { keptPartsAreLookedFor } from './kept-parts-are-looked-for.js';
import { keyedRequestTakesEffectOnce } from './keyed-request-takes-effect-once.js';
import { lastAcceptedDocumentWins } from './last-accepted-document-wins.js';
import { lateWorkerIndexesNothing, lateWorkerStagesNothing } from './late-worker-leaves-nothing.js';
import { laterRunKeepsItsFiles } from './later-run-keeps-its-files.js';
import { latestAcceptedWins } from './latest-accepted-wins.js';
import { livePointsAreNoGarbage } from './live-points-are-no-garbage.js';
import { lostBellIsRungAgain, lostStreamIsRungAgain } from './lost-bell-is-rung-again.js';
import { lostDocumentsComeBack } from './lost-documents-come-back.js';
import { lostSpaceIsNotSearched, pointsOfALostSpaceAreMadeAgain, spaceIsLostDuringASearch } from './lost-space-is-not-searched.js';
import { modelsAreApart } from './models-are-apart.js';
import { outageBurnsNoAttempt } from './outage-burns-no-attempt.js';
import { pausedSearchLooksAgain } from './paused-search-looks-again.js';
import { pointIdIsNotShared } from './point-id-is-not-shared.js';
import { poisonDocumentFailsAlone } from './poison-document-fails-alone.js';
import { poisonIsQuarantined } from './poison-is-quarantined.js';
import { pooledConnectionForgetsItsTenant } from './pooled-connection-forgets-its-tenant.js';
import { qdrantIsBroughtBack } from './qdrant-is-brought-back.js';
import { killedSwitchIsMadeAgain, pausedSwitchIsMadeOnce } from './reindex-switches-at-once.js';
import { replacedDocumentIsGone } from './replaced-document-is-gone.js';
import { replacedTextIsGone } from './replaced-text-is-gone.js';
import { revokedKeyIsRefused } from './revoked-key-is-refused.js';
import { sameTextAgainEndsWithIt } from './same-text-again-ends-with-it.js';
import { searchMeetsASwitch } from './search-meets-a-switch.js';
import { searchSeesOneMoment } from './search-sees-one-moment.js';
import { sourceSentAgainKeepsItsFiles } from './source-sent-again-keeps-its-files.js';
import { statementsLoseNothing } from './statements-lose-nothing.js';
import { switchWaitsForDocuments } from './switch-waits-for-documents.js';
import { tenantsAreApart } from './tenants-are-apart.js';
import { textsAreForgotten } from './texts-are-forgotten.js';
import { twinsMakeOneJob } from './twins-make-one-job.js';
import { wordsAreCountedApart } from './words-are-counted-apart.js';
import { zombieActivatesNothing, zombieReportsNothing } from './zombie-changes-nothing.js';

/** Every scenario by its name; those that need the same processes stand together, so that few have to be started anew. */
export const SCENARIOS = {
  deletedIsUnsearchable,
  replacedTextIsGone,
  tenantsAreApart,
  searchSeesOneMoment,
  deadPointsHideNothing,
  hiddenPointsAreFound,
  latestAcceptedWins,
  sameTextAgainEndsWithIt,
  twinsMakeOneJob,
  cancelledCanBeSentAgain,
  pointIdIsNotShared,
  revokedKeyIsRefused,
  pooledConnectionForgetsItsTenant,
  everyChangeHasItsEvent,
  feedWaitsForSlowCommits,
  textsAreForgotten,
  livePointsAreNoGarbage,
  deadlineEndsAJob,
  duplicateBellsStealNothing,
  keyedRequestTakesEffectOnce,
  deleteBeatsRunningIngest,
  effectAndEndAreOne,
  qdrantIsBroughtBack,
  lostSpaceIsNotSearched,
  spaceIsLostDuringASearch,
  pausedSearchLooksAgain,
  pointsOfALostSpaceAreMadeAgain,
  outageBurnsNoAttempt,
  lostBellIsRungAgain,
  lostStreamIsRungAgain,
  poisonIsQuarantined,
  deadWorkerIsReplaced,
  modelsAreApart,
  wordsAreCountedApart,
  zombieReportsNothing,
  zombieActivatesNothing,
  replacedDocumentIsGone,
  collectionsAreApart,
  statementsLoseNothing,
  switchWaitsForDocuments,
  searchMeetsASwitch,
  sourceSentAgainKeepsItsFiles,
  laterRunKeepsItsFiles,
  deletedDocumentStaysDeleted,
  lastAcceptedDocumentWins,
  keptPartsAreLookedFor,
  failedReindexMakesRoom,
  killedSwitchIsMadeAgain,
  pausedSwitchIsMadeOnce,
  poisonDocumentFailsAlone,
  lostDocumentsComeBack,
  documentSurvivesEveryCrash,
  lateWorkerStagesNothing,
  lateWorkerIndexesNothing,
};

export type ScenarioName = keyof typeof SCENARIOS;

/** Services that a scenario starts itself before it needs them; whoever prepares its stage can save that start. */
export const STARTED_BY: Partial<Record<ScenarioName, readonly ServiceName[]>> = {
  deleteBeatsRunningIngest: ['worker'],
  effectAndEndAreOne: ['worker'],
  qdrantIsBroughtBack: ['worker'],
  lostSpaceIsNotSearched: ['dispatcher'],
  spaceIsLostDuringASearch: ['dispatcher'],
  pointsOfALostSpaceAreMadeAgain: ['dispatcher', 'worker'],
  outageBurnsNoAttempt: ['worker'],
  lostBellIsRungAgain: ['worker'],
  lostStreamIsRungAgain: ['worker'],
  poisonIsQuarantined: ['worker'],
  deadWorkerIsReplaced: ['worker'],
  modelsAreApart: ['worker'],
  zombieReportsNothing: ['worker'],
  zombieActivatesNothing: ['worker'],
  laterRunKeepsItsFiles: ['worker'],
  deletedDocumentStaysDeleted: ['worker'],
  lastAcceptedDocumentWins: ['worker'],
  keptPartsAreLookedFor: ['worker'],
  failedReindexMakesRoom: ['worker'],
  killedSwitchIsMadeAgain: ['worker'],
  pausedSwitchIsMadeOnce: ['worker'],
  poisonDocumentFailsAlone: ['worker'],
  lostDocumentsComeBack: ['worker'],
  documentSurvivesEveryCrash: ['worker'],
  lateWorkerStagesNothing: ['worker'],
  lateWorkerIndexesNothing: ['worker'],
  searchMeetsASwitch: ['worker'],
  pausedSearchLooksAgain: ['search'],
};
