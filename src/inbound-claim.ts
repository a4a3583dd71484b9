/** The host's inbound_claim hook: takes a bound chat's message; its answer follows on its own. */
import { randomUUID } from "node:crypto";
import type {
  PluginHookInboundClaimContext,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import { tellsAnonymousAdmin } from "./anonymous-admin.js";
import { oneAtATime } from "./common/one-at-a-time.js";
import { processWide } from "./common/process-wide.js";
import { handleCodexConversationInboundClaim, readInboundClaim } from "./conversation-binding.js";
import { canDeliver, replyAddressOf, type ReplyAddress } from "./chat/delivery.js";
import { isEcho } from "./chat/echoes.js";
import { attachmentsOf, pendingAttachments } from "./chat/attachments.js";
import { messageBefore } from "./chat/joined-messages.js";
import { mayBeMeantForOthers } from "./chat/surroundings.js";
import { promptOf, type CodexUserInput } from "./chat/turn-input.js";
import { takeBareNumber } from "./cards/bare-number.js";
import type { CommandReply } from "./cards/cards.js";
import { takeNextMessage } from "./cards/next-message.js";
import { filesToPut, putFiles } from "./commands/put.js";
import { commandOfMessage } from "./commands/message-command.js";
import type { Reply } from "./commands/subcommand.js";
import { runSubcommand } from "./commands/subcommands.js";
import { readCodexConversationBindingData } from "./host/binding-data.js";
import { decisionsNoted } from "./host/bind-decisions.js";
import { expireLeftover, wasDetached } from "./host/detach.js";
import { keepBoundOnce } from "./host/keep-bound.js";
import { isShortage } from "./host/private-files.js";
import { inUsedFolder } from "./host/session-place.js";
import { isStopText, withoutMentions } from "./host/stop-text.js";
import { mentionedCommand, runMentionedCommand } from "./mentioned-command.js";
import { readCodexConversationActiveTurn, steerActiveTurn } from "./messages/control.js";
import type { ConversationMessages } from "./messages/messages.js";
import { answerBarely } from "./questions/bare-answer.js";
import { resultInWords } from "./questions/result-words.js";
import { stopSession } from "./stop-words.js";
import { sideWords } from "./words/side-words.js";
import { turnWords } from "./words/turn-words.js";
import { resolvePluginConfig } from "./host/plugin-config.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "./host/plugin-host.js";

type ClaimResult = { handled: true; reply?: Reply };

/** Across a reload too, in the middle of which messages come. */
const { inOrder } = processWide("claims-in-order", () => ({ inOrder: oneAtATime() }));

/**
 * Claims a message. Where the channel can be written to, the claim ends as soon as the message is stored: a held
 * claim dies after 300 s on Telegram and loses its reply to any command sent meanwhile. Elsewhere it is held.
 */
export async function claimInboundMessage(
  host: PluginHost,
  messages: Pick<ConversationMessages, "accept">,
  event: PluginHookInboundClaimEvent,
  ctx: PluginHookInboundClaimContext,
): Promise<ClaimResult | undefined> {
  const recorded = readCodexConversationBindingData(ctx.pluginBinding)?.sessionFile;
  if (recorded === undefined) return undefined;
  try {
    return await claimOwn(host, messages, event, ctx, recorded);
  } catch (error) {
    // OpenClaw would say of it no more than that something failed.
    host.logger.warn(`a message could not be taken: ${String(error)}`);
    return { handled: true, reply: { text: turnWords.turnFailed(error) } };
  }
}

/** @throws file-system errors other than a shortage of the machine's */
async function claimOwn(
  host: PluginHost,
  messages: Pick<ConversationMessages, "accept">,
  event: PluginHookInboundClaimEvent,
  ctx: PluginHookInboundClaimContext,
  recorded: string,
): Promise<ClaimResult | undefined> {
  const soon = inUse(host, ctx);
  const control = readControl(event);
  if (control) {
    // It may not wait for the claims before it.
    const bound = await soon;
    const claim = readInboundClaim(event, bound);
    if (typeof claim === "string") return notTaken(claim, event, bound);
    const { sessionFile } = claim.data;
    if (!(await isKnownDetached(host, sessionFile))) return control(host, sessionFile, bound);
  }
  // A conversation's claims pass one after another from their arrival on, so that its messages stand in line as they came.
  const answer = await inOrder(recorded, async () =>
    takeMessage(host, messages, event, await soon),
  );
  return answer();
}

/** Takes a message in its turn; what it returns answers the claim, for which the next one need not wait. */
async function takeMessage(
  host: PluginHost,
  messages: Pick<ConversationMessages, "accept">,
  event: PluginHookInboundClaimEvent,
  bound: Bound,
): Promise<() => Promise<ClaimResult | undefined>> {
  const claim = readInboundClaim(event, bound);
  if (typeof claim === "string") return async () => notTaken(claim, event, bound);
  const { sessionFile } = claim.data;
  if (await isKnownDetached(host, sessionFile)) {
    return async () => {
      await expireLeftover(host, sessionFile);
      return { handled: true, reply: { text: turnWords.detachedBefore } };
    };
  }
  if ("answer" in claim) return async () => ({ handled: true, reply: { text: claim.answer } });
  const address = replyAddressOf(event);
  if (address && (await isEcho(host, address, event.content))) {
    return async () => ({ handled: true });
  }
  keepUp(host, sessionFile, bound, address);
  const { channel, senderId } = event;
  const said = withoutMentions(promptOf(event));
  const asCommand = { args: said, refused: turnWords.withoutMention("bind") };
  const command = commandOfMessage(event, bound, asCommand);
  const hasFiles = bringsFiles(event);
  // Nothing else can be an answer or a choice: something would get lost, or was meant for another person.
  const isBare = !hasFiles && !mayBeMeantForOthers(event);
  const picked = takeBareNumber(host, sessionFile, isBare ? said : "", command);
  if (picked) return async () => handledWith(await picked());
  const forTurn = await forRunningTurn(host, claim, { said, hasFiles }, command);
  if (forTurn) return async () => handledWith(forTurn);
  const toPut = filesToPut(event, said);
  if (toPut) {
    return async () => handledWith({ text: await putFiles(host, command, claim.data, toPut) });
  }
  const answerer = { by: "command", channel, senderId } as const;
  const answered = isBare ? await answerBarely(sessionFile, said, answerer) : undefined;
  if (answered) return async () => ({ handled: true, reply: { text: resultInWords(answered) } });
  if (!address || !(await canDeliver(host, address.channel))) {
    return () =>
      handleCodexConversationInboundClaim(event, bound, {
        currentPluginConfig: () => currentPluginConfig(host),
      });
  }
  const id = randomUUID();
  const spoken = { id, senderId, sentAt: event.timestamp };
  const follows = messageBefore(sessionFile, spoken, joinWithinMs(host));
  await messages.accept({ ...claim, id, follows, address, messageId: event.messageId });
  return async () => ({ handled: true });
}

/** Beside its words, which may have been spoken. */
function bringsFiles(event: PluginHookInboundClaimEvent): boolean {
  return attachmentsOf(event).some(({ kind }) => kind !== "sound") || pendingAttachments(event) > 0;
}

function joinWithinMs(host: PluginHost): number {
  try {
    return resolvePluginConfig(currentPluginConfig(host)).turn.joinWithinMs;
  } catch {
    // Settings that cannot be used are told by the message's own turn.
    return 0;
  }
}

/**
 * Whether the chat was detached, as far as can be told: a machine that has no more open files says nothing of it, and a
 * message must not get lost by that. Its turn looks once more.
 */
async function isKnownDetached(host: PluginHost, sessionFile: string): Promise<boolean> {
  await decisionsNoted(sessionFile);
  try {
    return await wasDetached(sessionFile);
  } catch (error) {
    if (!isShortage(error)) throw error;
    host.logger.warn(`whether a chat was detached cannot be read at the moment: ${String(error)}`);
    return false;
  }
}

/** What a person has typed for the running turn after Steer; undefined where the message is one like any other. */
async function forRunningTurn(
  host: PluginHost,
  { data: { sessionFile }, input }: { data: { sessionFile: string }; input: CodexUserInput[] },
  { said, hasFiles }: { said: string; hasFiles: boolean },
  command: CommandContext,
): Promise<Reply | undefined> {
  const next = takeNextMessage(sessionFile, command.senderId);
  if (!next || next.turnId !== readCodexConversationActiveTurn(sessionFile)?.turnId) {
    return undefined;
  }
  if (next.as === "side") {
    // On the side Codex can be asked in words only.
    if (hasFiles) return { text: sideWords.wordsOnly };
    return runSubcommand(host, command, "side", { args: [said], text: said });
  }
  try {
    const session = { sessionFile, pluginConfig: currentPluginConfig(host) };
    return (await steerActiveTurn(session, input)) ? { text: turnWords.steered } : undefined;
  } catch (error) {
    return { text: turnWords.commandFailed("steer", error) };
  }
}

/** A command that has answered by itself leaves nothing to reply. */
function handledWith(reply: CommandReply | undefined): ClaimResult {
  return !reply || reply.suppressReply === true ? { handled: true } : { handled: true, reply };
}

function notTaken(
  why: "foreign" | "ignored",
  event: PluginHookInboundClaimEvent,
  bound: Bound,
): ClaimResult | undefined {
  if (why === "foreign") return undefined;
  const file = readCodexConversationBindingData(bound.pluginBinding)?.sessionFile ?? "";
  const isTold = event.commandAuthorized !== true && tellsAnonymousAdmin(event, file);
  return isTold ? { handled: true, reply: { text: turnWords.anonymousAdmin } } : { handled: true };
}

type Bound = Pick<PluginHookInboundClaimContext, "pluginBinding">;

/** The binding with its session file in the state folder in use. */
async function inUse(host: PluginHost, { pluginBinding }: Bound): Promise<Bound> {
  const data = readCodexConversationBindingData(pluginBinding);
  if (!pluginBinding || !data) return {};
  return { pluginBinding: { ...pluginBinding, data: await inUsedFolder(host, data) } };
}

/** Beside the message, which need not wait for it. */
function keepUp(
  host: PluginHost,
  sessionFile: string,
  { pluginBinding }: Bound,
  address: ReplyAddress | undefined,
): void {
  if (!pluginBinding) return;
  void keepBoundOnce(
    host,
    sessionFile,
    { conversation: pluginBinding, address },
    pluginBinding.pluginRoot,
  );
}

type Control = (host: PluginHost, sessionFile: string, bound: Bound) => Promise<ClaimResult>;

/** What a message does that is not for Codex but about it; undefined where it is for Codex. */
function readControl(event: PluginHookInboundClaimEvent): Control | undefined {
  const said = promptOf(event);
  const isForAnother = event.isGroup && event.wasMentioned === false && said.startsWith("@");
  const args = mentionedCommand(said);
  if (args !== undefined) {
    // Another bot's, which may be another gateway's.
    if (isForAnother) return async () => ({ handled: true });
    return async (host, _sessionFile, bound) =>
      handledWith(await runMentionedCommand(host, args, event, bound));
  }
  if (isForAnother || !isStopText(withoutMentions(said))) return undefined;
  return async (host, sessionFile) => ({
    handled: true,
    reply: { text: (await stopSession(host, sessionFile)).text },
  });
}
