/** What the plugin keeps in its maps and sets: those of a process, whoever has made them, without the plugin's knowing. */

type Collection = { readonly size: number };

/**
 * More than a world has chats, threads that are loaded, and whatever else there is one of for each. Of messages a chat sends
 * more, so whatever keeps something of each of them has more entries.
 */
const MOST = 20;

/** The collection's own methods, and the plugin's function that called them. */
const FRAMES = 8;

export class Holdings {
  readonly globals: { Map: MapConstructor; Set: SetConstructor };
  /** Those that have held much once, and where in the plugin's code they came to it. */
  readonly #large = new Map<Collection, number>();
  #fileOf: (line: number) => string = () => "";

  constructor() {
    const grew = (collection: Collection): void => {
      if (collection.size === MOST + 1 && !this.#large.has(collection)) {
        this.#large.set(collection, lineOfCaller());
      }
    };
    this.globals = {
      Map: class<K, V> extends Map<K, V> {
        override set(key: K, value: V): this {
          super.set(key, value);
          grew(this);
          return this;
        }
      },
      Set: class<T> extends Set<T> {
        override add(value: T): this {
          super.add(value);
          grew(this);
          return this;
        }
      },
    };
  }

  /** The plugin's module is loaded: what it holds by now are its constants. */
  loaded(fileOf: (line: number) => string): void {
    this.#large.clear();
    this.#fileOf = fileOf;
  }

  /** What is held of too much, at a moment at which nothing is under way. */
  tooMuch(): string[] {
    return [...this.#large].flatMap(([{ size }, line]) => {
      const file = this.#fileOf(line);
      return size > (MAY_HOLD.get(file) ?? MOST) ? [`${size} entries in ${file}`] : [];
    });
  }
}

/** What is kept of the past on purpose, up to a bound. */
const MAY_HOLD: ReadonlyMap<string, number> = new Map([
  // The ids of what was posted to a chat, which are bounded by REMEMBER_COUNT: so many come of a chat's messages here.
  ["src/messages/outbox-store.ts", 150],
  // Which turn each message is in, up to REMEMBERED.
  ["src/messages/steer-at-once.ts", 1000],
  // BROUGHT.
  ["src/messages/inbox.ts", 50],
  // OWN_WORDS, and ENDED_TURNS of both.
  ["src/thread/held-turns.ts", 50],
  ["src/thread/sessions.ts", 50],
  // Who hears of which thread: the chats' threads, those that they have left a moment ago, and all sub-agents of both.
  ["src/app-server/handler-routes.ts", 60],
  // REMEMBERED cards, and ACTIONS_OF_A_CARD.
  ["src/cards/registry.ts", 300],
  // REMEMBERED.
  ["src/questions/board.ts", 200],
  // The addresses of the last minute; here each message has one of its own.
  ["src/chat/pace.ts", 250],
  // The names of a schema's fields, made when it is used first.
  ["node_modules/zod/v4/core/schemas.js", 40],
  // The names in an environment, each time an app-server is started.
  ["src/app-server/environment.ts", 200],
]);

/** Where in the plugin's code it was done. */
function lineOfCaller(): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const frames = (new Error("noted").stack ?? "").split("\n");
  Error.stackTraceLimit = stackTraceLimit;
  const own = frames.find((frame) => frame.includes("eval at compilePlugin"));
  return Number(/<anonymous>:(\d+):\d+\)?$/.exec(own ?? "")?.[1] ?? 0);
}
