/** What the page about the plugin's health says. It runs in a browser, so this needs nothing of Node. */
import type { DoctorAnswer } from "../operator/facts.js";

export const healthPageWords = {
  title: "Health",
  again: "Look again",
  looking: "Looking…",
  failed: (reason: string): string => `The gateway could not look: ${reason}`,
  summary: ({ findings }: DoctorAnswer): string => {
    const todo = findings.filter(({ level }) => level === "action").length;
    return todo === 0 ? "Nothing to do" : `${todo} to do`;
  },
  level: (level: "action" | "note"): string => (level === "action" ? "To do" : "Note"),
};
