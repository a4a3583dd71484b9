/** The name and place of the ported contract (docs/port.md). */
export * from "./messages/control.js";
