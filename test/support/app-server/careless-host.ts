/**
 * A process that starts an app-server and ends without stopping it. Arguments: how it ends, then the
 * start options as JSON.
 */
import { CodexProcess } from "../../../src/app-server/process.js";
import type { CodexAppServerStartOptions } from "../../../src/app-server/start-options.js";

const [how, json = ""] = process.argv.slice(2);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the test on the other side
const child = new CodexProcess(JSON.parse(json) as CodexAppServerStartOptions);

// The child echoes once it is alive.
child.stdin.write('{"id":1,"method":"echo","params":"alive"}\n');
child.stdout.once("data", () => {
  if (how === "throw") throw new Error("nobody catches this");
  process.exit(0);
});
