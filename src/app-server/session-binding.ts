/** The name and place of the ported contract (docs/port.md). */
export {
  readCodexAppServerBinding,
  writeCodexAppServerBinding,
  clearCodexAppServerBinding,
} from "../thread/thread-binding.js";
