/** A click on a button, as OpenClaw's Telegram channel brings it. */
export type Click = { to: string; data: string; isAuthorizedSender: boolean };

/** Brings it to whoever has taken the clicks of the button's namespace; what is said in answer, if anything. */
export async function bringClick(
  handlers: ReadonlyMap<string, (...args: unknown[]) => unknown>,
  { to, data, isAuthorizedSender }: Click,
): Promise<string> {
  const [namespace = ""] = data.split(":", 1);
  const replies: string[] = [];
  await handlers.get(namespace)?.({
    accountId: "default",
    callback: { payload: data.slice(namespace.length + 1), chatId: to },
    auth: { isAuthorizedSender },
    respond: {
      reply: async ({ text }: { text: string }) => void replies.push(text),
      clearButtons: async () => {},
    },
  });
  return replies.join("\n");
}
