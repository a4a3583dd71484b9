#!/usr/bin/env node
// `imsg`, as OpenClaw's iMessage channel runs it: `imsg rpc` speaks JSON-RPC over stdio. What it would ask of the Messages app
// it asks of the test, on the loopback port IMSG_PORT.
import { connect } from "node:net";

const [command = "", ...options] = process.argv.slice(2);
// Of a Mac whose protection is on: messages come and go, and nothing more.
const STATUS = { advanced_features: false, v2_ready: false, selectors: {}, rpc_methods: [] };

if (options.includes("--help")) {
  process.stdout.write(`Usage: imsg ${command}\n`);
} else if (command === "rpc") {
  const messages = connect(Number(process.env.IMSG_PORT), "127.0.0.1");
  process.stdin.pipe(messages).pipe(process.stdout);
  messages.on("close", () => process.exit());
} else if (command === "status") {
  process.stdout.write(`${JSON.stringify(STATUS)}\n`);
} else {
  process.stderr.write(`unknown subcommand ${command}\n`);
  process.exitCode = 64;
}
