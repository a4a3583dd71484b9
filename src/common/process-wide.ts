type Kept<T> = typeof globalThis & { [key: symbol]: T | undefined };

/**
 * State that outlives a reload: when the gateway's configuration changes it loads a fresh copy of every module here,
 * while turns and messages of the old copy are under way, and both copies must see the same. `key` names the state
 * for all copies, of later versions too: whoever changes the state's shape takes another key.
 */
export function processWide<T extends object>(key: string, make: () => T): T {
  const symbol = Symbol.for(`openclaw-codex-conversation.${key}`);
  const kept: Kept<T> = globalThis;
  return (kept[symbol] ??= make());
}
