/** Tells what this process has noted on disk from what an earlier one has. */
import { randomUUID } from "node:crypto";
import { processWide } from "./process-wide.js";

export const thisProcess = processWide("process-of-marks", (): { id: string } => ({
  id: randomUUID(),
}));
