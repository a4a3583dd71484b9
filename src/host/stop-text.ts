/** What a person writes who wants it to stop: the words that OpenClaw itself goes by. */

/** Those of OpenClaw 2026.9.6, which has taken the same ones since 2026.6 and may add more. */
const WORDS: ReadonlySet<string> = new Set(
  `stop, esc, abort, exit, interrupt, halt, please stop, stop please, do not do that,
  stop openclaw, openclaw stop, stop action, stop current action, stop run, stop current run, stop agent, stop the agent,
  stop don't do anything, stop dont do anything, stop do not do anything, stop doing anything,
  detente, deten, detén, arrete, arrête, pare, anhalten, aufhören, hoer auf, stopp,
  停止, 停下来, 暂停, やめて, 止めて, रुको, توقف, стоп, остановись, останови, остановить, прекрати`
    .split(",")
    .map((word) => word.trim()),
);

/** The longest of them has 24 letters. */
const MAX_LENGTH = 60;

/** Whether a text, without mentions before it, is nothing but a word or a command to stop. */
export function isStopText(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  const said = text
    .trim()
    .toLowerCase()
    .replaceAll(/[’`]/g, "'")
    .replaceAll(/\s+/g, " ")
    .replace(/[.!?！？…,，。;；:：'"’”)\]}]+$/u, "")
    .trim();
  // OpenClaw hands /abort and /cancel on as messages.
  return (
    WORDS.has(said) || said === "/cancel" || (said.startsWith("/") && WORDS.has(said.slice(1)))
  );
}

/** The same for a text that OpenClaw may have taken for itself, with the words that it has added since. */
export async function wasTakenToStop(text: string): Promise<boolean> {
  if (isStopText(text)) return true;
  if (text.length > MAX_LENGTH) return false;
  // Loaded when it is needed: outside a gateway, which has it loaded already, that takes seconds.
  const runtime: { isAbortRequestText?: (text: string) => boolean } =
    await import("openclaw/plugin-sdk/command-primitives-runtime").catch(() => ({}));
  return runtime.isAbortRequestText?.(text) ?? false;
}

/** The text without the mentions that it begins with, as groups need them. */
export function withoutMentions(text: string): string {
  return text.replace(/^(?:\s*(?:@[\w.-]+|<@[^>\s]+>)[\s,:]+(?=\S))+/, "").trim();
}
