// Preloaded into a gateway: its time of day is off by as many milliseconds as the file CLOCK_FILE says, from when that is
// written. The monotonic clock stays as it is, as it does when somebody sets a machine's clock.
import { readFileSync, watch } from "node:fs";

const file = process.env.CLOCK_FILE;
const RealDate = Date;
let offsetMs = 0;

function read() {
  const text = readFileSync(file, "utf8");
  // It is empty for a moment while it is written.
  if (text === "") return;
  offsetMs = Number(text);
  process.stderr.write(`the clock is off by ${offsetMs} ms\n`);
}

const now = () => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
  apply: (target) => new target(now()).toString(),
  get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
});

read();
watch(file, read).unref();
