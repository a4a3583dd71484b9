import { itemOf, type OutboxItem } from "../../../src/messages/outbox-item.js";
import type { OutboxStorage } from "../../../src/messages/outbox-store.js";

/** An outbox's store without a disk, for tests that let time pass. */
export function memoryOutbox(): OutboxStorage & { given: OutboxItem[] } {
  const ids = new Set<string>();
  const given: OutboxItem[] = [];
  return {
    given,
    add: async (sessionFile, post) => {
      const key = `${sessionFile} ${post.id}`;
      if (ids.has(key)) return undefined;
      ids.add(key);
      return itemOf(sessionFile, `/${post.id}.json`, { ...post, postedAt: Date.now() });
    },
    has: async (sessionFile, id) => ids.has(`${sessionFile} ${id}`),
    recover: async () => [],
    note: async (item, change) => void Object.assign(item, change),
    finish: async () => {},
    giveUp: async (item) => {
      given.push(item);
      return item.file;
    },
    attachmentOf: ({ file }) => `${file}.file`,
    sessions: async () => [],
  };
}
