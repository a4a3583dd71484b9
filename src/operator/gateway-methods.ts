/** What the gateway answers to `openclaw codexchat`, and to whatever else shows the bound chats to the operator. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import { asRecord, asString } from "../app-server/json.js";
import type { AuditedBy } from "../host/audit.js";
import { readAuditLog } from "../host/audit-log.js";
import type { PluginHost } from "../host/plugin-host.js";
import { examinationWords, findingWords } from "../words/doctor-words.js";
import { boundChats, chatDetails, chatNamed, type Look } from "./bound-chats.js";
import { actAt, detachAt, sayAt } from "./desk.js";
import { detachNamed } from "./detach-chat.js";
import { examine } from "./doctor.js";
import { needsAction } from "./doctor-findings.js";
import { threadAnswer } from "./bound-thread.js";
import type { OpenPages } from "./open-pages.js";
import { OPERATOR_METHODS, type ChatAnswer, type DoctorAnswer } from "./facts.js";

/** An answer of more would not get through the gateway's own bounds. */
export const MOST_AUDIT_LINES = 1000;

type Handler = Parameters<OpenClawPluginApi["registerGatewayMethod"]>[1];
type Answer = (params: Record<string, unknown>, by: AuditedBy) => Promise<unknown>;

/** @param pages hear of what has changed since they have looked */
export function registerGatewayMethods(
  api: PluginHost & Partial<OpenClawPluginApi>,
  pages?: Pick<OpenPages, "look" | "lookAtThread">,
): void {
  const look: Look = { host: api, live: true };
  const register = (
    name: keyof typeof OPERATOR_METHODS,
    scope: "operator.read" | "operator.write",
    answer: Answer,
  ) => api.registerGatewayMethod?.(OPERATOR_METHODS[name], answering(answer), { scope });
  const read = "operator.read";
  register("list", read, async ({ sessions, titles, follow }) => {
    // Before anything is read: what changes meanwhile is told.
    if (follow === true) pages?.look();
    const wanted = Array.isArray(sessions) ? sessions.map(String) : undefined;
    return { chats: await boundChats(look, { sessions: wanted, withTitles: titles !== false }) };
  });
  register("show", read, ({ chat }) => showChat(look, asString(chat) ?? ""));
  register("thread", read, async ({ chat, before, follow }) => {
    const name = asString(chat) ?? "";
    if (follow === true) pages?.lookAtThread(name);
    return threadAnswer(look, name, asString(before));
  });
  register("audit", read, async ({ limit, about, event }) => {
    const count = typeof limit === "number" ? Math.min(limit, MOST_AUDIT_LINES) : MOST_AUDIT_LINES;
    const filter = { about: asString(about), event: asString(event) };
    const stateDir = api.runtime.state.resolveStateDir();
    return { lines: await readAuditLog(stateDir, count, filter) };
  });
  register("doctor", read, () => doctorAnswer(look));
  const write = "operator.write";
  register("act", write, ({ chat, command, text, shown }, by) =>
    actAt(
      look,
      asString(chat) ?? "",
      { command: asString(command) ?? "", text: asString(text) ?? "", shown },
      by,
    ),
  );
  register("say", write, ({ chat, text, shown }, by) =>
    sayAt(look, asString(chat) ?? "", { text: asString(text) ?? "", shown }, by),
  );
  register("detach", write, ({ chat, shown }, by) => {
    const name = asString(chat) ?? "";
    // A terminal shows nothing beforehand, and prints an answer of its own.
    return shown === undefined ? detachNamed(look, name, by) : detachAt(look, name, shown, by);
  });
}

/** @throws file-system errors */
export async function showChat(look: Look, name: string): Promise<ChatAnswer> {
  const named = await chatNamed(look, name);
  return named.found === "one"
    ? { found: "one", chat: await chatDetails(look, named.chat) }
    : named;
}

/** @throws file-system errors */
export async function doctorAnswer(look: Look): Promise<DoctorAnswer> {
  const examination = await examine(look);
  const { openclaw, codex, findings } = examination;
  return {
    ok: !findings.some(needsAction),
    about: examinationWords(examination),
    openclaw,
    codex: codex?.version,
    findings: findings.map((finding) => ({
      check: finding.check,
      level: needsAction(finding) ? "action" : "note",
      session: "session" in finding ? finding.session : undefined,
      ...findingWords(finding),
    })),
  };
}

function answering(answer: Answer): Handler {
  return async ({ params, client, respond }) => {
    try {
      respond(true, await answer(params, whoAsks(client)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      respond(false, undefined, { code: "UNAVAILABLE", message });
    }
  };
}

/** The gateway knows some by a profile, others by their device, and whoever has its token by the program only. */
function whoAsks(client: unknown): AuditedBy {
  const known = asRecord(client);
  const connect = asRecord(known?.connect);
  const program = asString(asRecord(connect?.client)?.id);
  const senderId =
    asString(asRecord(known?.authenticatedUserProfile)?.profileId) ??
    asString(known?.authenticatedUserId) ??
    asString(asRecord(connect?.device)?.id);
  return { by: "operator", channel: program, senderId };
}
