/** Faults that are put into the source on purpose, one at a time: the simulation has to find each. */
import type { Mutation } from "./bundle.js";

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a new file is not synced",
    file: "src/host/private-files.ts",
    from: "await Promise.all([handle.sync(), syncFolder(folder)]);",
    to: "await syncFolder(folder);",
  },
  {
    name: "the folders above a new one are not synced",
    file: "src/host/private-files.ts",
    from: "if (topmost === undefined) return;",
    to: "return;",
  },
  {
    name: "a file that was added to stays open",
    file: "src/host/private-files.ts",
    from: "if (synced) await handle.datasync();\n  } finally {\n    await handle.close();",
    to: "if (synced) await handle.datasync();\n  } finally {",
  },
  {
    name: "that Codex is about to get a message is not synced",
    file: "src/messages/inbox.ts",
    from: 'const synced = stage.name === "running" && stage.turnId === undefined;',
    to: "const synced = false;",
  },
  {
    name: "a message that the channel brings twice is taken twice",
    file: "src/messages/inbox.ts",
    from: "if ((await Promise.all(accepted)).includes(true)) return undefined;",
    to: "await Promise.all(accepted);",
  },
  {
    name: "what an earlier process left in the inbox is not taken up",
    file: "src/messages/messages.ts",
    from: "of await this.#takeUp(sessionFile)) {",
    to: "of (await this.#takeUp(sessionFile)).slice(0, 0)) {",
  },
  {
    name: "that Codex is about to get a message is not noted",
    file: "src/messages/messages.ts",
    from: 'if (!storedAsRunning) await this.#note(entry, { name: "running" });',
    to: "",
  },
  {
    name: "a message that may have run runs again after a restart",
    file: "src/messages/messages.ts",
    from: 'return message.stage.name === "running"\n      ? answerAfterRestart',
    to: 'return message.stage.name === "never"\n      ? answerAfterRestart',
  },
  {
    name: "a message is forgotten before its answer is stored",
    file: "src/messages/messages.ts",
    from: "const answer = await this.#answer(entry, companion, stored);",
    to: "const answer = await this.#answer(entry, companion, stored);\n    await this.#finish(entry);",
  },
  {
    name: "that something is being sent is not noted",
    file: "src/messages/outbox-sender.ts",
    from: 'next: isRepeat ? "repeating" : "sending"',
    to: 'next: isRepeat ? "doubtful" : "unsent"',
  },
  {
    name: "that something is being sent is not synced",
    file: "src/messages/outbox-store.ts",
    from: "const synced = change.progress !== undefined;",
    to: "const synced = false;",
  },
  {
    name: "a repeat is not marked",
    file: "src/messages/outbox-sender.ts",
    from: "return { text: isRepeat ? `${part.text}\\n\\n${caption}` : part.text };",
    to: "return { text: part.text };",
  },
  {
    name: "what may have been sent counts as not sent",
    file: "src/messages/outbox-sender.ts",
    from: 'if (failure.kind === "perhaps sent") {',
    to: "if (failure.kind === undefined) {",
  },
  {
    name: "what was sent stays in the outbox",
    file: "src/messages/outbox-sender.ts",
    from: "await this.#store.finish(item);",
    to: "",
  },
  {
    name: "a chat's turns do not wait for each other",
    file: "src/messages/queue.ts",
    from: "const result = line.tail.then(async () => {",
    to: "const result = Promise.resolve().then(async () => {",
  },
  {
    name: "a message that was dropped runs",
    file: "src/messages/queue.ts",
    from: "if (hasLeft) await left.promise;",
    to: "",
  },
  {
    name: "strangers may click",
    file: "src/chat/clicks.ts",
    from: "if (isAuthorized) {",
    to: "if (isAuthorized !== undefined) {",
  },
  {
    name: "a lost turn is not found by its message",
    file: "src/thread/turn-record.ts",
    from: "(known.clientId !== undefined &&",
    to: "(known.clientId === '' &&",
  },
  {
    name: "what an earlier process left in the outbox is not sent",
    file: "src/messages/messages.ts",
    from: "await this.#chats.outbox.recover(folder);",
    to: "",
  },
  {
    name: "idle threads are looked for after the plugin has stopped",
    file: "src/plugin-service.ts",
    from: "stop() {\n      clearInterval(sweep);",
    to: "stop() {",
  },
];
