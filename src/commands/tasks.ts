/** `/codexchat compact` and `review`: work that takes its turn among the chat's messages and tells its end later. */
import type { ConversationTask } from "../thread/task.js";
import { textInput } from "../chat/turn-input.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { threadWords } from "../words/thread-words.js";
import { requireBinding } from "../thread/bound-codex.js";
import { giveMessage } from "./own-message.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

type ReviewTarget = Extract<ConversationTask, { kind: "review" }>["target"];

export const compact: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  return withSession(host, ctx, async (session) => {
    const { hasRun } = await requireBinding(session.sessionFile);
    if (hasRun === false) return threadWords.nothingToCompact;
    const task = { kind: "compact" } as const;
    return standInLine(host, ctx, session, task, "/codexchat compact", threadWords.compacting);
  });
};

/** `review`: what is not committed; `review branch NAME`, `review commit HASH`, or what to look at in words. */
export const review: Subcommand = async (host, ctx, args, text) => {
  const target = reviewTarget(args, text);
  if (typeof target === "string") return target;
  return withSession(host, ctx, async (session) => {
    await requireBinding(session.sessionFile);
    const label = `/codexchat review ${text}`.trim();
    return standInLine(host, ctx, session, { kind: "review", target }, label, (waiting) =>
      threadWords.reviewing(describe(target), waiting),
    );
  });
};

/** A string says what is wrong with the target. */
function reviewTarget(args: readonly string[], text: string): ReviewTarget | string {
  const [kind, name = "", ...rest] = args;
  if (kind === undefined) return { type: "uncommittedChanges" };
  switch (rest.length === 0 ? kind.toLowerCase() : "") {
    case "branch":
      // Git takes what begins with a dash for an option.
      return /^[\w][\w./-]{0,199}$/.test(name)
        ? { type: "baseBranch", branch: name }
        : threadWords.reviewBadBranch;
    case "commit":
      return /^[0-9a-f]{4,64}$/i.test(name)
        ? { type: "commit", sha: name, title: null }
        : threadWords.reviewBadCommit;
    default:
      return { type: "custom", instructions: text };
  }
}

function describe(target: ReviewTarget): string {
  switch (target.type) {
    case "uncommittedChanges":
      return "the uncommitted changes";
    case "baseBranch":
      return `the changes against ${target.branch}`;
    case "commit":
      return `the commit ${target.sha}`;
    case "custom":
      return "what you named";
  }
}

async function standInLine(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  task: ConversationTask,
  label: string,
  say: (waiting: boolean) => string,
): Promise<string> {
  const given = await giveMessage(host, ctx, session, { input: [textInput(label)], task });
  return given ? say(given.isWaiting) : threadWords.cannotTellLater;
}
