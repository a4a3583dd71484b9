/** `/codexchat models`, `model`, `effort` and `personality`: which model answers this chat, and how. */
import {
  listCodexModels,
  modelsNear,
  PERSONALITIES,
  type CodexModel,
} from "../app-server/model-catalog.js";
import {
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../thread/thread-binding.js";
import { setCodexConversationModel } from "../messages/control.js";
import { turnWords } from "../words/turn-words.js";
import { modelWords } from "../words/model-words.js";
import { requireBinding } from "../thread/bound-codex.js";
import { codexOf } from "./codex.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** What Codex 0.169 knows, for where the model's own cannot be had. An unknown one can make a turn stall. */
const KNOWN_EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"];

export const models: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  return withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
    const offered = await offeredModels(session, binding);
    return offered.length === 0 ? modelWords.none : modelWords.list(offered, binding.model);
  });
};

/** `model`, `model NAME`, and `model NAME anyway` for one that Codex does not list. */
export const model: Subcommand = async (host, ctx, args) => {
  const [name, anyway, ...rest] = args;
  if (rest.length > 0 || (anyway !== undefined && anyway.toLowerCase() !== "anyway")) {
    return undefined;
  }
  return withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
    if (name === undefined) return turnWords.modelIs(binding.model);
    if (!/^[\w.:/-]{1,100}$/.test(name)) return turnWords.modelNameInvalid;
    const catalog = await catalogIfAny(session, binding);
    const listed = catalog?.find((known) => known.name.toLowerCase() === name.toLowerCase());
    if (catalog && !listed && anyway === undefined) {
      return modelWords.unknown(name, modelsNear(name, catalog));
    }
    const said = await setCodexConversationModel({ ...session, model: listed?.name ?? name });
    if (!listed) return catalog ? said : `${said} ${modelWords.unchecked}`;
    const fits = await fitEffort(session, binding, listed);
    return fits ? said : `${said} ${modelWords.effortReset(listed.defaultEffort)}`;
  });
};

/** `effort`, `effort LEVEL`, `effort default`. */
export const effort: Subcommand = async (host, ctx, args) => {
  const [level, ...rest] = args.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (level !== undefined && !/^[a-z][a-z0-9_-]{0,19}$/.test(level))) {
    return undefined;
  }
  return withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
    const own = await ownModel(session, binding);
    if (level === undefined) return modelWords.effortIs(binding.effort, own);
    if (level === "default") {
      if (own?.defaultEffort === undefined) return modelWords.noDefaultEffort;
      return setEffort(session, own.defaultEffort);
    }
    if (own && !own.efforts.includes(level)) return modelWords.effortUnknown(level, own);
    if (!own && !KNOWN_EFFORTS.includes(level)) return modelWords.effortNotOne(KNOWN_EFFORTS);
    const said = await setEffort(session, level);
    return own ? said : `${said} ${modelWords.effortUnchecked}`;
  });
};

/** `personality`, and `personality NAME` for a model that has some. */
export const personality: Subcommand = async (host, ctx, args) => {
  const [typed, ...rest] = args.map((arg) => arg.toLowerCase());
  const wanted = PERSONALITIES.find((name) => name === typed);
  if (rest.length > 0 || (typed !== undefined && wanted === undefined)) return undefined;
  return withSession(host, ctx, async (session) => {
    const { sessionFile } = session;
    const binding = await requireBinding(sessionFile);
    const own = await ownModel(session, binding);
    if (own?.hasPersonality !== true) return modelWords.noPersonality(own?.name);
    if (wanted === undefined) return modelWords.personalityIs(binding.personality);
    await updateCodexAppServerBinding(sessionFile, { personality: wanted });
    return modelWords.personalitySet(wanted);
  });
};

/** The chat's model; undefined if Codex lists none of its name, or cannot be asked. */
async function ownModel(
  session: Session,
  binding: CodexAppServerBinding,
): Promise<CodexModel | undefined> {
  const catalog = await catalogIfAny(session, binding);
  return catalog?.find(({ name, isDefault }) =>
    binding.model === undefined ? isDefault : name === binding.model,
  );
}

async function setEffort({ sessionFile }: Session, level: string): Promise<string> {
  await updateCodexAppServerBinding(sessionFile, { effort: level });
  return modelWords.effortSet(level);
}

/** Keeps a chosen effort within the new model's; false where it had to change to that one's own. */
async function fitEffort(
  { sessionFile }: Session,
  { effort: chosen }: CodexAppServerBinding,
  { efforts, defaultEffort }: CodexModel,
): Promise<boolean> {
  if (chosen === undefined || efforts.includes(chosen)) return true;
  await updateCodexAppServerBinding(sessionFile, { effort: defaultEffort });
  return false;
}

/** Those that are shown to people. @throws what Codex refuses, CodexLocalError */
export async function offeredModels(
  session: Pick<Session, "sessionFile" | "pluginConfig">,
  binding: CodexAppServerBinding,
): Promise<CodexModel[]> {
  return (await catalogOf(session, binding)).filter(({ hidden }) => !hidden);
}

async function catalogOf(
  session: Pick<Session, "sessionFile" | "pluginConfig">,
  binding: CodexAppServerBinding,
): Promise<CodexModel[]> {
  const { client, timeoutMs } = await codexOf(session);
  return listCodexModels(client, binding.modelProvider, timeoutMs);
}

/** Undefined where it cannot be had, or is empty. */
async function catalogIfAny(
  session: Session,
  binding: CodexAppServerBinding,
): Promise<CodexModel[] | undefined> {
  try {
    const catalog = await catalogOf(session, binding);
    return catalog.length === 0 ? undefined : catalog;
  } catch {
    return undefined;
  }
}
