/**
 * Reads the one message that comes by the thousand, a piece of an answer, without building the rest of its JSON:
 *
 *     {"method":"item/agentMessage/delta","params":{"threadId":"…","turnId":"…","itemId":"…","delta":"…"},"emittedAtMs":1}
 *
 * What differs from that in the least is left to JSON.parse. A tenth of the throughput (docs/performance.md).
 */
import type { CodexNotification } from "./protocol.js";

const METHOD = "item/agentMessage/delta";
const BEGIN = `{"method":"${METHOD}","params":{"threadId":"`;
const TURN = '","turnId":"';
const ITEM = '","itemId":"';
const DELTA = '","delta":"';
/** The time stands in no schema, so it need not be there. */
const END = /^\}(?:,"emittedAtMs":\d+)?\}$/;

/** The same as JSON.parse makes of it; undefined for every other line. */
export function readDeltaLine(line: string): CodexNotification | undefined {
  if (!line.startsWith(BEGIN)) return undefined;
  const threadAt = BEGIN.length;
  const threadEnd = line.indexOf('"', threadAt);
  if (!line.startsWith(TURN, threadEnd)) return undefined;
  const turnAt = threadEnd + TURN.length;
  const turnEnd = line.indexOf('"', turnAt);
  if (!line.startsWith(ITEM, turnEnd)) return undefined;
  const itemAt = turnEnd + ITEM.length;
  const itemEnd = line.indexOf('"', itemAt);
  if (!line.startsWith(DELTA, itemEnd)) return undefined;
  const deltaAt = itemEnd + DELTA.length;
  const deltaEnd = line.indexOf('"', deltaAt);
  // What is escaped is for JSON.parse, and so is what is no JSON.
  if (deltaEnd === -1 || line.includes("\\") || !END.test(line.slice(deltaEnd + 1))) {
    return undefined;
  }
  return {
    method: METHOD,
    params: {
      threadId: line.slice(threadAt, threadEnd),
      turnId: line.slice(turnAt, turnEnd),
      itemId: line.slice(itemAt, itemEnd),
      // A copy: a slice would keep the whole piece of the stream that it came in for as long as the turn.
      delta: JSON.parse(line.slice(deltaAt - 1, deltaEnd + 1)),
    },
  };
}
