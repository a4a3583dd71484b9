/**
 * An app-server's process, of which all but the process is in the driver: it hands on what comes in by stdin, and does
 * what it is told to. Environment: CHAOS_DOOR, the driver's socket.
 */
import { createConnection } from "node:net";
import { LineDecoder } from "../../src/app-server/line-decoder.js";
import { readRelayOrder, type RelayNews } from "./relay-wire.js";

const door = createConnection(process.env["CHAOS_DOOR"] ?? "");

tell({ is: "born", pid: process.pid });
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => tell({ is: "input", text: String(text) }));
process.stdin.on("close", () => tell({ is: "input end" }));
// Who reads it may be gone.
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on("error", () => {});
process.on("SIGTERM", () => tell({ is: "signal", signal: "SIGTERM" }));
door.on("error", () => process.exit(1));
door.on("close", () => process.exit(1));
const lines = new LineDecoder(64 * 1024 * 1024, obey, () => {});
door.on("data", (bytes: Buffer) => lines.push(bytes));

function obey(line: string): void {
  const order = readRelayOrder(line);
  switch (order.do) {
    case "write":
      process.stdout.write(Buffer.from(order.bytes, "base64"));
      break;
    case "write error":
      process.stderr.write(order.text);
      break;
    case "exit":
      // What it has written comes before its end.
      process.stdout.write("", () => process.exit(order.code));
      break;
  }
}

function tell(news: RelayNews): void {
  door.write(`${JSON.stringify(news)}\n`);
}
