import packageJson from "../../package.json" with { type: "json" };

/**
 * Notifications that nobody here uses. Codex need not send them: a turn with 1 MB of output then costs
 * 3.2 s instead of 5.0 s. Names of 0.169.0 and 0.171.0; other versions accept names that they do not know. The output of
 * commands and the model's looks at them (terminalInteraction) are kept: during a long one they are the only signs of life.
 */
export const UNUSED_NOTIFICATIONS = [
  "app/list/updated",
  "command/exec/outputDelta",
  "externalAgentConfig/import/completed",
  "externalAgentConfig/import/progress",
  "fs/changed",
  "fuzzyFileSearch/sessionCompleted",
  "fuzzyFileSearch/sessionUpdated",
  "hook/completed",
  "hook/started",
  "item/fileChange/outputDelta",
  "item/fileChange/patchUpdated",
  "item/plan/delta",
  "item/reasoning/summaryPartAdded",
  "item/reasoning/summaryTextDelta",
  "item/reasoning/textDelta",
  "mcpServer/event/stream/notification",
  "model/safetyBuffering/updated",
  "model/verification",
  "process/exited",
  "process/outputDelta",
  "project/changed",
  "rawResponse/completed",
  "rawResponseItem/completed",
  "remoteControl/status/changed",
  "skills/changed",
  "thread/readState/changed",
  "turn/diff/updated",
];

export const INITIALIZE_PARAMS = {
  clientInfo: {
    name: packageJson.name,
    title: "OpenClaw Codex conversations",
    version: packageJson.version,
  },
  capabilities: {
    // Without it Codex refuses `excludeTurns` on a resume.
    experimentalApi: true,
    optOutNotificationMethods: UNUSED_NOTIFICATIONS,
  },
};

/**
 * The version in the answer to `initialize`, whose `userAgent` reads
 * `<clientName>/0.169.0 (Debian 12.0.0; x86_64) …`; undefined if it reads otherwise.
 */
export function readServerVersion(response: unknown): string | undefined {
  if (typeof response !== "object" || response === null || !("userAgent" in response)) {
    return undefined;
  }
  const { userAgent } = response;
  if (typeof userAgent !== "string") return undefined;
  return /\/(\d+\.\d+\.\d+\S*) \(/.exec(userAgent)?.[1];
}
