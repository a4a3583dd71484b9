/**
 * Stands before an app-server on stdio and kills it the moment it says a given text, which its client never hears:
 * `dies-at.mjs MARK TEXT COMMAND …`. Once only: where the file MARK is there, nothing is killed.
 */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [mark, text, command, ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
process.stdin.pipe(server.stdin);
server.on("exit", (code) => process.exit(code ?? 1));

if (existsSync(mark)) {
  server.stdout.pipe(process.stdout);
} else {
  createInterface({ input: server.stdout }).on("line", (line) => {
    if (existsSync(mark)) return;
    if (line.includes(text)) {
      writeFileSync(mark, "");
      server.kill("SIGKILL");
    } else {
      process.stdout.write(`${line}\n`);
    }
  });
}
