/** The cards to choose from: pure functions of what there is. */
import { posix } from "node:path";
import type { CodexSkill } from "../app-server/methods.js";
import type { CodexModel } from "../app-server/model-catalog.js";
import { PERMISSION_MODES, type CodexPermissionMode } from "../app-server/config-schema.js";
import type { Listed } from "../chat/workspace-listing.js";
import type { OfferedFolder } from "../commands/offered-folders.js";
import type { ListedThread } from "../commands/threads.js";
import { cardWords } from "../words/card-words.js";
import { skillWords } from "../words/skill-words.js";
import { psWords, type CommandFacts } from "../words/ps-words.js";
import { go, HOME, pageOf, type Card, type CardButton, type Shown, type View } from "./card.js";
import { pageRow } from "./home.js";

/** What a phone shows of buttons without scrolling. */
const ON_A_PAGE = 6;

const BACK = [go(cardWords.back, HOME)];
const commandsAt = (page: number): View => ({ name: "commands", page });
const filesAt = (path: string, page = 0): View => ({ name: "files", path, page });

/** `ofChat`: the server that the chat is on. */
export function serversCard(
  names: readonly string[],
  { leadsTo, ofChat }: { leadsTo: "threads" | "folders"; ofChat: string | undefined },
): Card {
  return {
    text: leadsTo === "threads" ? cardWords.serversOfThreads : cardWords.serversForNew,
    rows: [
      ...names.map((server) => [
        go(cardWords.serverLabel(server, server === ofChat), { name: leadsTo, page: 0, server }),
      ]),
      BACK,
    ],
  };
}

/** What leads to a choice of servers, where there are several. */
export type AtServer = { server: string | undefined; hasOthers: boolean };

export function threadsCard(
  threads: readonly ListedThread[],
  { page: wanted, shown, now }: { page: number; shown: Shown; now: number },
  { server, hasOthers }: AtServer = { server: undefined, hasOthers: false },
): Card {
  const { items, page, pages } = pageOf(threads, wanted, ON_A_PAGE);
  const first = page * ON_A_PAGE + 1;
  const rows = items.flatMap(({ id, title, place }, index): CardButton[][] => {
    if (place !== "free") return [];
    const label = cardWords.threadLabel(title, first + index);
    const args = server === undefined ? [id] : [id, "--on", server];
    return [
      [
        {
          label,
          action: { kind: "run", command: "resume", args, shown, next: HOME, answer: "chat" },
        },
      ],
    ];
  });
  const lines = items.map((thread, index) => cardWords.threadLine(thread, first + index, now));
  return {
    text: [
      threads.length === 0 ? cardWords.noThreads : cardWords.threadsTitle,
      ...lines,
      ...pageLine(page, pages),
    ].join("\n"),
    rows: [
      ...rows,
      ...pageRow(page, pages, (at) => ({ name: "threads", page: at, server })),
      ...(hasOthers ? [[go(cardWords.otherServer, { name: "servers", for: "threads" })]] : []),
      BACK,
    ],
  };
}

/** `same`: the folder of the thread that the chat has, for a new thread in it. */
export function foldersCard(
  folders: readonly OfferedFolder[],
  { page: wanted, shown, same }: { page: number; shown: Shown; same: string | undefined },
  { server, hasOthers }: AtServer = { server: undefined, hasOthers: false },
): Card {
  const { items, page, pages } = pageOf(folders, wanted, ON_A_PAGE);
  // A new thread keeps the settings of the one before it.
  const command = shown.threadId === undefined ? "bind" : "new";
  const on = server === undefined ? [] : ["--on", server];
  const choose = (label: string, args: readonly string[]): CardButton => ({
    label,
    action: { kind: "run", command, args: [...on, ...args], shown, next: HOME, answer: "chat" },
  });
  return {
    text: [
      folders.length === 0 && same === undefined ? cardWords.noFolders : cardWords.foldersTitle,
      ...pageLine(page, pages),
    ].join("\n"),
    rows: [
      ...(same === undefined || page > 0 ? [] : [[choose(cardWords.sameFolder(same), [])]]),
      // What a distant one has nobody here knows.
      ...(server !== undefined && same === undefined && page === 0
        ? [[choose(cardWords.usualFolder, [])]]
        : []),
      ...items.map(({ name, path }) => [choose(cardWords.folderLabel(name), ["--cwd", path])]),
      ...pageRow(page, pages, (at) => ({ name: "folders", page: at, server })),
      ...(hasOthers ? [[go(cardWords.otherServer, { name: "servers", for: "folders" })]] : []),
      BACK,
    ],
  };
}

/** A string says why there are none. */
export function filesCard(
  listed: readonly Listed[] | string,
  { path, page: wanted, shown }: { path: string; page: number; shown: Shown },
): Card {
  const all = typeof listed === "string" ? [] : listed;
  const { items, page, pages } = pageOf(all, wanted, ON_A_PAGE + 2);
  const send = (label: string, file: string): CardButton => ({
    label,
    action: {
      kind: "run",
      command: "send",
      args: [file],
      shown,
      next: filesAt(path, page),
      answer: "chat",
    },
  });
  const buttons = items.map(({ name, isFolder }) => {
    const inside = posix.join(path, name);
    return isFolder
      ? go(cardWords.folderIn(name), filesAt(inside))
      : send(cardWords.choice(name), inside);
  });
  const isTop = path === "" || path === ".";
  const up = posix.dirname(path);
  return {
    text: [
      typeof listed === "string" ? listed : cardWords.filesTitle(isTop ? "" : path, all.length),
      ...pageLine(page, pages),
    ].join("\n"),
    rows: [
      ...pairs(buttons),
      ...(all.length === 0 ? [] : [[send(cardWords.zip, isTop ? "." : path)]]),
      ...pageRow(page, pages, (to) => filesAt(path, to)),
      isTop ? BACK : [go(cardWords.up, filesAt(up === "." ? "" : up)), ...BACK],
    ],
  };
}

export function modelsCard(
  models: readonly CodexModel[],
  { page: wanted, shown, current }: { page: number; shown: Shown; current: string | undefined },
): Card {
  const { items, page, pages } = pageOf(models, wanted, ON_A_PAGE);
  return {
    text: [
      models.length === 0 ? cardWords.noModels : cardWords.modelsTitle(current),
      ...pageLine(page, pages),
    ].join("\n"),
    rows: [
      ...items.map(({ name, isDefault, efforts }): CardButton[] => {
        const isCurrent = current === undefined ? isDefault : name === current;
        const next: View = efforts.length > 1 ? { name: "efforts", model: name } : HOME;
        const label = isCurrent ? cardWords.chosen(name) : cardWords.choice(name);
        const action = { kind: "run", command: "model", args: [name], shown, next } as const;
        return [{ label, action: { ...action, answer: "card" } }];
      }),
      ...pageRow(page, pages, (at) => ({ name: "models", page: at })),
      BACK,
    ],
  };
}

export function effortsCard(
  model: CodexModel | undefined,
  { shown, current }: { shown: Shown; current: string | undefined },
): Card {
  const efforts = model?.efforts ?? [];
  const buttons = efforts.map((effort): CardButton => {
    const isCurrent = effort === (current ?? model?.defaultEffort);
    const label = isCurrent ? cardWords.chosen(effort) : cardWords.choice(effort);
    const action = { kind: "run", command: "effort", args: [effort], shown, next: HOME } as const;
    return { label, action: { ...action, answer: "card" } };
  });
  return {
    text: model ? cardWords.effortsTitle(model.name) : cardWords.noModels,
    rows: [...pairs(buttons), [go(cardWords.back, { name: "models", page: 0 })]],
  };
}

export function skillsCard(
  skills: readonly CodexSkill[],
  { page: wanted, shown }: { page: number; shown: Shown },
): Card {
  const { items, page, pages } = pageOf(skills, wanted, ON_A_PAGE);
  return {
    text: [skills.length === 0 ? skillWords.none : skillWords.title, ...pageLine(page, pages)].join(
      "\n",
    ),
    rows: [
      ...items.map(({ name }): CardButton[] => {
        const action = { kind: "run", command: "skills", args: [name], shown, next: HOME } as const;
        return [{ label: cardWords.choice(name), action: { ...action, answer: "chat" } }];
      }),
      ...pageRow(page, pages, (at) => ({ name: "skills", page: at })),
      [go(cardWords.back, { name: "more" })],
    ],
  };
}

/** The commands that run, to be ended. */
export function commandsCard(
  commands: readonly CommandFacts[],
  { page: wanted, shown, now }: { page: number; shown: Shown; now: number },
): Card {
  const { items, page, pages } = pageOf(commands, wanted, ON_A_PAGE);
  const end = (label: string, id: string): CardButton => ({
    label,
    action: {
      kind: "run",
      command: "ps",
      args: ["end", id],
      shown,
      next: commandsAt(page),
      answer: "card",
    },
  });
  return {
    text: [psWords.card(items, now), ...pageLine(page, pages)].join("\n"),
    rows: [
      ...items.map((each) => [end(psWords.end(each), each.processId)]),
      ...(commands.length > 1 ? [[end(psWords.endAll, "all")]] : []),
      ...pageRow(page, pages, commandsAt),
      [go(cardWords.refresh, commandsAt(page)), go(cardWords.back, { name: "more" })],
    ],
  };
}

/** `allowed`: what the operator lets a chat choose. */
export function permissionsCard(
  allowed: readonly CodexPermissionMode[],
  { shown, current }: { shown: Shown; current: string },
): Card {
  const choose = (mode: CodexPermissionMode): CardButton => ({
    label: mode === current ? cardWords.chosen(mode) : cardWords.choice(mode),
    action: {
      kind: "run",
      command: "permissions",
      args: [mode],
      shown,
      next: HOME,
      answer: "card",
    },
  });
  const modes = PERMISSION_MODES.filter((mode) => allowed.includes(mode));
  return {
    text: [
      cardWords.permissionsTitle,
      ...modes.map((mode) => cardWords.permissionLines[mode]),
    ].join("\n"),
    rows: [modes.map(choose), BACK],
  };
}

function pageLine(page: number, pages: number): string[] {
  return pages === 1 ? [] : [cardWords.page(page, pages)];
}

function pairs(buttons: readonly CardButton[]): CardButton[][] {
  return buttons.flatMap((_, at) => (at % 2 === 0 ? [buttons.slice(at, at + 2)] : []));
}
