/**
 * How the Codex under test differs from the others that the contract tests run against. A trait is named for what the
 * newest one does; the version beside it is the first of 0.125.0, 0.140.0, 0.154.0, 0.169.0 and 0.171.0 that was seen to.
 */
import { expect } from "vitest";
import { isAtLeast } from "../../src/app-server/codex-version.js";
import { codexVersion } from "./under-test.js";

const since = (version: string): boolean => isAtLeast(codexVersion(), version);

export const codexTraits = {
  /** Has all the notifications that are declined; an older one accepts names that it does not know. */
  hasAllNotifications: since("0.169.0"),
  /** Refuses to interrupt a turn that has ended. Else the request gets no answer. */
  answersLateInterrupts: since("0.169.0"),
  /** Input for a running turn cuts the model's speech short. Else it waits for its end. */
  cutsSpeechForInput: since("0.169.0"),
  /** A thread belongs to one live process. Else any may resume it. */
  locksThreads: since("0.154.0"),
  /** Says of an archived thread that it is archived. Else that there is no rollout. */
  tellsArchivedThreads: since("0.140.0"),
  /** Says of a thread without a history, asked to name it, that there is no rollout. Else that there is no thread. */
  looksForRolloutsToName: since("0.154.0"),
  /** Ends one running command by its name. Else all of the thread's at once. */
  endsSingleCommands: since("0.140.0"),
  /** The record of a turn holds the files that it changed. */
  recordsFileChanges: since("0.140.0"),
  /** A review keeps to settings that were changed after the thread was loaded. */
  reviewsUnderNewSettings: since("0.154.0"),
  /** A review is interrupted by the id of the turn that does its work. Else by its own, or any. */
  wantsInnerTurnToInterrupt: since("0.140.0"),
  /** That turn names the review when it starts. */
  namesRootTurn: since("0.169.0"),
  /** A review that could not begin is forgotten. Else the thread's next turn counts as failed for its reason. */
  forgetsFailedReviews: since("0.169.0"),
  /** A thread that everybody has left is loaded anew by a resume. Else it stays as it is for half an hour. */
  reloadsThreads: since("0.140.0"),
  /** What is denied to be read stays so for a command that was allowed to run outside of the sandbox. */
  fencesAllowedCommands: since("0.140.0"),
  /** Words for a running turn, given as a turn, are answered with that turn. Else with one that never comes. */
  namesJoinedTurn: since("0.154.0"),
  /** A thread can have a goal, for which Codex begins turns by itself. */
  hasGoals: since("0.140.0"),
  /** Tells the model of what a person changes about the goal. */
  tellsGoalChanges: since("0.169.0"),
  /** The record of a turn has its messages under the ids by which they were told. Else under ids of its own. */
  recordKeepsIds: since("0.154.0"),
  /** A turn's end brings its last answer along. */
  endsWithLastAnswer: since("0.154.0"),
  /** Knows the phase of an answer that is only a part of it. */
  hasPartialAnswers: since("0.169.0"),
  /** Tells when the model looks at a running command, or writes to it. */
  tellsLooksAtCommands: since("0.140.0"),
  /** Says on which thread's behalf a tool server was started. */
  namesThreadOfToolServer: since("0.140.0"),
  /** Says of each tool server how it stands, and why it has no tools. */
  tellsToolServerStates: since("0.154.0"),
  /** Tells the model in these words of a denied action that a person allows. */
  tellsAllowedActions: since("0.140.0"),
  /** Lists the commands of a thread that run. */
  listsCommands: since("0.140.0"),
  /** Takes turns of a thread back, and copies a thread up to a turn. */
  revertsTurns: since("0.154.0"),
  /** Signs in at other pages than OpenAI's own, for a test. */
  takesLoginPages: since("0.154.0"),
  /** Answers a question beside a turn. */
  answersAside: since("0.169.0"),
  /** The setting that takes sub-agents away. The newer one is refused by those that do not know it. */
  agentsOff: since("0.154.0") ? "agents.enabled" : "features.multi_agent",
  /** Names of models, one for each set of tools that Codex knows. */
  models: since("0.169.0") ? ["mock-model", "gpt-6.1-sol"] : ["mock-model"],
  /** Names of models that are offered a clock, and questions whose answer is not waited for. */
  modelsWithClock: since("0.169.0") ? ["gpt-6.1-sol"] : [],
  /** Has no model that can speak in more than one way. Else this one can. */
  modelWithPersonality: since("0.169.0") ? undefined : "gpt-5.5",
  /** Lists the models of the provider that is asked for. Else those of OpenAI, whatever is asked. */
  listsModelsByProvider: since("0.169.0"),
  /** What becomes of an effort that is none, of a model that Codex does not know: refused, dropped, or handed on. */
  unknownEffort: since("0.154.0")
    ? "nonsense"
    : since("0.140.0")
      ? undefined
      : expect.stringMatching(/unknown variant `nonsense`, expected one of/),
};
