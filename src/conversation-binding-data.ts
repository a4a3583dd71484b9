/** The name and place of the ported contract (docs/port.md). */
export * from "./host/binding-data.js";
