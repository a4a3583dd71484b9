/** What people, operators and accidents do in a world, and when: drawn before it begins, so that acts can be left out. */
import { Seeded } from "../support/seeded.js";
import { tagOf } from "./tags.js";
import { isCalm } from "./calm.js";
import { hasUnsolicited } from "./codex/fates.js";

type ChatAction =
  | { do: "say"; chat: number; number: number }
  | { do: "say again"; chat: number; number: number }
  | { do: "stranger"; chat: number }
  | { do: "stop" | "stop all" | "steer" | "steer next" | "drop" | "status"; chat: number }
  | { do: "bind" | "detach"; chat: number }
  /** Somebody at a terminal has Codex do something on the chat's thread. */
  | { do: "terminal"; chat: number; number: number }
  | { do: "goal"; chat: number; number: number }
  | { do: "goal pause" | "goal resume" | "goal clear"; chat: number }
  | { do: "card" | "old click"; chat: number };

type WorldAction =
  | { do: "kill" | "lose power" | "stop the gateway" | "reload" | "update" | "kill Codex" }
  | { do: "settings"; settings: Settings }
  | { do: "clock"; byMs: number }
  | { do: "channel down"; forMs: number }
  | { do: "disk"; code: DiskCode; forMs: number };

export type DiskCode = "ENOSPC" | "EIO" | "EMFILE" | "slow";
export type Settings = { whileRunning: "queue" | "steer"; progress: "off" | "brief" };
export type Act = { at: number } & (ChatAction | WorldAction);

export type PlanOptions = { messages: number; chats: number };

const DOINGS = {
  "one message": 58,
  burst: 18,
  "burst at once": 6,
  "stop while it runs": 5,
  "stop all": 1,
  "steer while it runs": 3,
  "steer the next one": 4,
  "drop the next one": 3,
  "bind anew": 2,
  "detach, then bind": 2,
  "the channel brings it twice": 3,
  stranger: 1,
  status: 1,
  goal: 12,
  "work at a terminal": 20,
  card: 4,
  "old click": 2,
} as const;

const ACCIDENTS = {
  kill: 26,
  "kill at the start": 8,
  "lose power": 20,
  "stop the gateway": 12,
  reload: 12,
  update: 6,
  "kill Codex": 12,
  settings: 6,
  clock: 4,
  "channel down": 8,
  disk: 12,
} as const;

/** Milliseconds between two of one chat's doings, at most. */
const GAP_MS = 9000;

/** By then most turns of a chat are over. */
const QUIET_MS = 3000;

/** In order of time. */
export function drawPlan(seed: number, { messages, chats }: PlanOptions): Act[] {
  const acts: Act[] = [];
  for (let chat = 1; chat <= chats; chat += 1) {
    const share = Math.floor(messages / chats) + (chat <= messages % chats ? 1 : 0);
    acts.push(...drawPerson(seed, chat, share));
  }
  if (isCalm(seed)) return acts.toSorted((one, other) => one.at - other.at);
  const endsAt = acts.reduce((latest, { at }) => Math.max(latest, at), 0);
  acts.push(...drawAccidents(seed, endsAt), ...drawEarlyLoss(seed, acts));
  return acts.toSorted((one, other) => one.at - other.at);
}

function drawPerson(seed: number, chat: number, messages: number): Act[] {
  const random = new Seeded(seed, "person", chat);
  const acts: Act[] = [];
  let at = random.int(0, 2000);
  let number = 0;
  const say = (): void => {
    number += 1;
    acts.push({ at, do: "say", chat, number });
  };
  // While nobody but Codex knows of a turn, a message goes into it.
  const sayBeside = (withinMs: number): void => {
    if (random.chance(0.2)) return;
    at += random.int(0, withinMs);
    say();
  };
  while (number < messages) {
    at += random.chance(0.5) ? random.int(0, GAP_MS) : random.int(0, 1500);
    const drawn = random.weighted(DOINGS);
    const isUnsolicited = drawn === "goal" || drawn === "work at a terminal";
    const doing = isUnsolicited && !hasUnsolicited(tagOf(chat, 0)) ? "one message" : drawn;
    switch (doing) {
      case "one message":
        say();
        break;
      case "burst":
      case "burst at once":
        for (let left = random.int(2, 5); left > 0; left -= 1) {
          say();
          if (doing === "burst") at += random.int(0, 400);
        }
        break;
      case "stop while it runs":
      case "stop all":
      case "steer while it runs": {
        say();
        at += random.int(0, 1500);
        const what =
          doing === "stop all" ? doing : doing === "stop while it runs" ? "stop" : "steer";
        acts.push({ at, do: what, chat });
        break;
      }
      case "steer the next one":
      case "drop the next one": {
        say();
        at += random.int(0, 100);
        say();
        at += random.int(0, 700);
        acts.push({ at, do: doing === "drop the next one" ? "drop" : "steer next", chat });
        break;
      }
      case "bind anew":
        for (let left = random.int(1, 3); left > 0; left -= 1) say();
        at += random.int(0, 900);
        acts.push({ at, do: "bind", chat });
        break;
      case "detach, then bind":
        for (let left = random.int(1, 3); left > 0; left -= 1) say();
        at += random.int(0, 900);
        acts.push({ at, do: "detach", chat });
        if (random.chance(0.5)) say();
        at += random.int(0, 4000);
        acts.push({ at, do: "bind", chat });
        break;
      case "the channel brings it twice":
        say();
        acts.push({ at: at + random.int(0, 8000), do: "say again", chat, number });
        break;
      case "stranger":
      case "status":
      case "card":
      case "old click":
        acts.push({ at, do: doing, chat });
        break;
      case "work at a terminal":
        at += random.chance(0.5) ? QUIET_MS : 0;
        number += 1;
        acts.push({ at, do: "terminal", chat, number });
        sayBeside(16);
        break;
      case "goal":
        at += random.chance(0.5) ? QUIET_MS : 0;
        number += 1;
        acts.push({ at, do: "goal", chat, number });
        sayBeside(32);
        at += random.int(0, 4000);
        if (random.chance(0.3)) {
          acts.push({ at, do: random.pick(["goal pause", "goal clear"]), chat });
          at += random.int(0, 3000);
          if (random.chance(0.5)) acts.push({ at, do: "goal resume", chat });
        }
        break;
    }
  }
  return acts;
}

/** Of power on day one, while the first folders and files are made: what is made anew has no synced name above it. */
function drawEarlyLoss(seed: number, people: readonly Act[]): Act[] {
  const random = new Seeded(seed, "early loss");
  const chat = random.int(1, 8);
  const first = people.find((act) => act.do === "say" && act.chat === chat);
  if (!first || random.chance(0.15)) return [];
  const afterMs = random.chance(0.5) ? random.int(1, 12) : random.int(12, 1500);
  return [{ at: first.at + afterMs, do: "lose power" }];
}

function drawAccidents(seed: number, endsAt: number): Act[] {
  const random = new Seeded(seed, "accidents");
  const acts: Act[] = [];
  for (let at = random.int(2000, 12_000); at < endsAt; at += random.int(1500, 14_000)) {
    const accident = random.weighted(ACCIDENTS);
    switch (accident) {
      case "kill at the start":
        acts.push({ at, do: "kill" }, { at: at + random.int(0, 60), do: "kill" });
        break;
      case "settings": {
        const settings: Settings = {
          whileRunning: random.pick(["queue", "steer"]),
          progress: random.pick(["off", "brief"]),
        };
        acts.push({ at, do: "settings", settings });
        break;
      }
      case "clock":
        acts.push({ at, do: "clock", byMs: random.int(-12, 12) * 1_800_000 });
        break;
      case "channel down":
        acts.push({ at, do: "channel down", forMs: random.int(500, 40_000) });
        break;
      case "disk": {
        const code = random.pick<DiskCode>(["ENOSPC", "EIO", "EMFILE", "slow"]);
        acts.push({ at, do: "disk", code, forMs: random.int(5, 3000) });
        break;
      }
      default:
        acts.push({ at, do: accident });
    }
  }
  return acts;
}

/** As a line of a report. */
export function describeAct({ at, ...act }: Act): string {
  const { do: what, ...facts } = act;
  const about = Object.entries(facts).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `${(at / 1000).toFixed(3)} s: ${[what, ...about].join(", ")}`;
}
