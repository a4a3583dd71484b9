// An app-server with bad manners. Arguments: the port of a lifeline, then traits. What it does besides is
// asked for by request, see `acts`.
//
// Traits: `mute` (answers nothing), `deaf` (reads nothing), `stubborn` (stays after EOF and SIGTERM),
// `dead-on-arrival` (exits at once), `ancient` (a Codex
// that knows no --listen), `noisy` (floods stderr before anything else).
import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { connect } from "node:net";

const [port, ...traits] = process.argv.slice(2);
const has = (trait) => traits.includes(trait);

const lifeline = connect(Number(port), "127.0.0.1");
const tell = (event) => lifeline.write(`${process.pid} ${event}\n`);
/** Blocks until it is written, so that an exit right after it loses nothing. */
const complain = (words) => writeSync(2, words);
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

if (has("noisy")) {
  for (let line = 0; line < 20_000; line += 1) complain(`noise ${line}\n`);
}
if (has("dead-on-arrival")) {
  complain("\u001B[31mcannot read config.toml\u001B[0m\n");
  process.exit(1);
}
if (has("ancient")) {
  complain("error: unexpected argument '--listen' found\n\nUsage: codex app-server\n");
  process.exit(2);
}

const acts = {
  initialize: ({ id }) => send({ id, result: { userAgent: "x/0.777.0 (Bad; child)" } }),
  echo: ({ id, params }) => send({ id, result: params }),
  silence: () => {},
  exit: ({ params }) => {
    complain(params.words);
    send({ method: "error", params: { threadId: "t", message: "the last notification" } });
    process.exit(params.code);
  },
  garbage: ({ id }) => {
    process.stdout.write('Welcome to Codex!\n\n{"half": \r\n[]\nnull\n42\n{}\n');
    send({ id, result: "after the garbage" });
  },
  halves: ({ id, params }) => {
    // Split inside of a character of three bytes, and written in two chunks that arrive apart.
    const bytes = Buffer.from(`${JSON.stringify({ id, result: params })}\r\n`);
    const cut = bytes.indexOf("\u2028") + 1;
    process.stdout.write(bytes.subarray(0, cut), () =>
      setImmediate(() => process.stdout.write(bytes.subarray(cut))),
    );
  },
  ask: ({ id, params }) => {
    asked.set(params.id, id);
    send({ id: params.id, method: "currentTime/read", params: { threadId: "t" } });
  },
  huge: ({ id, params }) => {
    process.stdout.write(`"${"x".repeat(params.length)}"\n`, () =>
      send({ id, result: "after the huge line" }),
    );
  },
  "close-stdout": () => closeSync(1),
  grandchild: ({ id, params }) => {
    const code = `require("node:net").connect(${port}, "127.0.0.1").write(process.pid + " born\\n"); setInterval(() => {}, 1e6)`;
    const deaf = params.isDeaf ? 'process.on("SIGTERM", () => {}); ' : "";
    // With job control a shell gives what it starts a group of its own, in the session that is there.
    const shell = params.leavesGroupOnly ? ["bash", "-c", 'set -m; "$@" & wait', "bash"] : [];
    const [program, ...args] = [...shell, process.execPath, "-e", deaf + code];
    const child = spawn(program, args, {
      stdio: params.holdsOutput ? "inherit" : "ignore",
      detached: params.leavesGroup,
    });
    child.once("spawn", () => send({ id, result: child.pid }));
  },
  // Of Codex's name, and with a parent that has ended unless it is watched.
  sandbox: ({ id, params }) => {
    const code = `require("node:net").connect(${port}, "127.0.0.1").write(process.pid + " born\\n"); setInterval(() => {}, 1e6)`;
    const how = { argv0: "codex-linux-sandbox", detached: true, stdio: "ignore" };
    const start = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(code)}], ${JSON.stringify(how)}).unref()`;
    if (params.isWatched) spawn(process.execPath, ["-e", code], how);
    else spawn(process.execPath, ["-e", start], { stdio: "ignore" });
    send({ id, result: null });
  },
  environment: ({ id, params }) => send({ id, result: process.env[params.name] ?? null }),
};
const asked = new Map();

function take(line) {
  const message = JSON.parse(line);
  if (message.method === undefined) {
    send({ id: asked.get(message.id), result: message });
  } else if (!has("mute")) {
    acts[message.method]?.(message);
  }
}

let rest = "";
if (!has("deaf")) {
  process.stdin.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  });
  process.stdin.on("end", () => {
    tell("saw EOF");
    if (!has("stubborn")) lifeline.end(() => process.exit(0));
  });
}
if (has("stubborn")) {
  process.on("SIGTERM", () => tell("saw SIGTERM"));
  setInterval(() => {}, 1_000_000);
}
lifeline.once("connect", () => tell("born"));
