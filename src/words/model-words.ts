/** What a chat hears about models and how hard they think. */
import { PERSONALITIES, type CodexModel } from "../app-server/model-catalog.js";
import { harmlessText } from "./foreign-text.js";

const ULTRA =
  "With ultra, Codex starts sub-agents without being asked, which use up your limits faster. Their questions come to this chat, and a stop stops them. The setting `agents: off` keeps them away.";

/** A phone's screen holds no more. */
const LISTED = 12;

export const modelWords = {
  list: (models: readonly CodexModel[], current: string | undefined): string =>
    [
      "Codex models:",
      ...models
        .slice(0, LISTED)
        .flatMap((model) => [
          `• ${nameOf(model.name)}${notes(model, current)}`,
          ...(model.efforts.length === 0 ? [] : [`efforts: ${effortsOf(model)}`]),
          ...(model.tiers.length === 0 ? [] : [`tiers: ${model.tiers.map(nameOf).join(", ")}`]),
        ]),
      ...(models.length > LISTED ? [`… and ${models.length - LISTED} more`] : []),
      "`/codexchat model NAME` chooses one, `/codexchat effort LEVEL` how hard it thinks.",
    ].join("\n"),
  none: "Codex lists no models for this chat's provider.",

  unknown: (model: string, near: readonly string[]): string =>
    [
      `Codex lists no model ${nameOf(model)}, so nothing was changed.`,
      ...(near.length === 0
        ? ["`/codexchat models` lists them all."]
        : [`Did you mean ${near.map(nameOf).join(" or ")}?`]),
      `\`/codexchat model ${nameOf(model)} anyway\` uses it regardless.`,
    ].join("\n"),
  unchecked: "Codex could not be asked whether there is such a model.",
  effortReset: (effort: string | undefined): string =>
    `The effort is ${effort === undefined ? "the model's own" : nameOf(effort)} now, because this model does not support the previous one.`,

  effortIs: (effort: string | undefined, model: CodexModel | undefined): string =>
    [
      effort === undefined
        ? "Codex effort: the thread's default."
        : `Codex effort: ${nameOf(effort)}.`,
      ...(model && model.efforts.length > 0
        ? [`${nameOf(model.name)} has: ${effortsOf(model)}`]
        : []),
    ].join("\n"),
  effortSet: (effort: string): string =>
    `Codex effort set to ${nameOf(effort)}.${effort === "ultra" ? ` ${ULTRA}` : ""}`,
  effortUnknown: (effort: string, model: CodexModel): string =>
    model.efforts.length === 0
      ? `${nameOf(model.name)} has no levels of effort.`
      : `${nameOf(model.name)} has no effort ${nameOf(effort)}. It has: ${effortsOf(model)}`,
  effortNotOne: (levels: readonly string[]): string =>
    `Codex could not say which efforts this model supports. Known ones are: ${levels.join(", ")}`,
  effortUnchecked: "Codex could not say whether this model supports it.",
  noPersonality: (model: string | undefined): string =>
    model === undefined
      ? "Codex could not say whether this model has personalities."
      : `${nameOf(model)} has no personalities to choose from. Since Codex 0.169 no model has.`,
  personalityIs: (personality: string | undefined): string =>
    [
      personality === undefined
        ? "Codex personality: as Codex has it."
        : `Codex personality: ${nameOf(personality)}.`,
      `There are: ${PERSONALITIES.join(", ")}`,
    ].join("\n"),
  personalitySet: (personality: string): string =>
    `Codex personality set to ${nameOf(personality)}. It counts from the next turn on.`,
  noDefaultEffort: "Codex could not say what this model's default effort is. Name one instead.",
};

function nameOf(name: string): string {
  return harmlessText(name, 60);
}

function effortsOf({ efforts, defaultEffort }: CodexModel): string {
  return efforts
    .map((effort) => `${nameOf(effort)}${effort === defaultEffort ? " (default)" : ""}`)
    .join(", ");
}

function notes({ name, isDefault }: CodexModel, current: string | undefined): string {
  const said = [...(isDefault ? ["default"] : []), ...(name === current ? ["this chat's"] : [])];
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}
