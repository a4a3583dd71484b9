/** What a chat hears that hands its thread over to a terminal. */
import { serverWords } from "./server-words.js";
import { codeBlock, harmlessText } from "./foreign-text.js";

const COMMAND_LENGTH = 1000;

type Place = {
  threadId: string;
  cwd: string;
  /** The server's name, unless it is that of `appServer`. */
  server: string | undefined;
};

export const handoverWords = {
  done: (place: Place): string =>
    [
      `This chat is detached, and its thread can be continued in a terminal ${place.server === undefined ? "on the gateway's machine" : `where the server ${harmlessText(place.server, 60)} runs`}:`,
      codeBlock(`${inFolder(place.cwd)}codex resume ${place.threadId}`, COMMAND_LENGTH),
      "Codex here lets go of it within a minute. Until then the terminal says that the thread has an active writer.",
      `To come back, leave it there with \`/quit\`, then send \`/codexchat bind ${serverWords.thread(place.threadId, place.server)}\`.`,
    ].join("\n"),
  shared: ({ threadId, cwd, url }: Omit<Place, "server"> & { url: string | undefined }): string =>
    [
      "A terminal can join this chat's thread, since they share an app-server:",
      codeBlock(
        `${inFolder(cwd)}codex resume ${threadId} --remote ${url ?? "ADDRESS"}`,
        COMMAND_LENGTH,
      ),
      "If the app-server wants a token, name the variable that holds it with `--remote-auth-token-env`. The chat stays on the thread.",
    ].join("\n"),
  busy: "Codex is still at work here. Wait for its answer or send `/codexchat stop`, then hand over.",
  nothingYet: "Nothing was said on this thread yet, so there is nothing to continue in a terminal.",
} as const;

/** As a shell takes it. */
function inFolder(cwd: string): string {
  if (cwd === "") return "";
  const word = /^[\w./-]+$/.test(cwd) ? cwd : `'${cwd.replaceAll("'", String.raw`'\''`)}'`;
  return `cd ${word} && `;
}
