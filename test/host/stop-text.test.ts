import { afterEach, describe, expect, test, vi } from "vitest";
import { isStopText, wasTakenToStop, withoutMentions } from "../../src/host/stop-text.js";

const OPENCLAW = "openclaw/plugin-sdk/command-primitives-runtime";
/** OpenClaw takes seconds to load outside a gateway. */
const LOADED_WITHIN_MS = 60_000;

const WORDS =
  "stop|esc|abort|exit|interrupt|detente|deten|detén|arrete|arrête|停止|停下来|暂停|やめて|止めて|रुको|توقف|стоп|остановись|останови|остановить|прекрати|halt|anhalten|aufhören|hoer auf|stopp|pare|stop openclaw|openclaw stop|stop action|stop current action|stop run|stop current run|stop agent|stop the agent|stop don't do anything|stop dont do anything|stop do not do anything|stop doing anything|do not do that|please stop|stop please".split(
    "|",
  );

describe("a text to stop", () => {
  test.each([
    ...WORDS,
    "Stop!",
    "  PLEASE STOP. ",
    "Stop don’t do anything…",
    "/stop",
    "/abort",
    "/cancel",
    "/ESC",
  ])("is %s", (text) => {
    expect(isStopText(text)).toBe(true);
  });

  test.each([
    "",
    " ",
    "/",
    "stop the server on port 80",
    "cancel",
    "/codexchat stop",
    "/etc/stop",
    "don't stop",
    "stop ".repeat(200),
  ])("is not %j", (text) => {
    expect(isStopText(text)).toBe(false);
  });

  test(
    "is what OpenClaw takes for one",
    async () => {
      const { isAbortRequestText } = await import("openclaw/plugin-sdk/command-primitives-runtime");
      expect([...WORDS, "/stop", "Stop!"].filter((text) => !isAbortRequestText(text))).toEqual([]);
    },
    LOADED_WITHIN_MS,
  );
});

describe("a text that OpenClaw may have taken", () => {
  afterEach(() => {
    vi.doUnmock(OPENCLAW);
  });

  test("is asked of OpenClaw where we do not know it", async () => {
    vi.doMock(OPENCLAW, () => ({ isAbortRequestText: (text: string) => text === "basta" }));
    expect(await wasTakenToStop("basta")).toBe(true);
    expect(await wasTakenToStop("go on")).toBe(false);
    expect(await wasTakenToStop("stop")).toBe(true);
  });

  test("is one that we know where OpenClaw does not tell", async () => {
    vi.doMock(OPENCLAW, () => ({ isAbortRequestText: undefined }));
    expect(await wasTakenToStop("stop")).toBe(true);
    expect(await wasTakenToStop("basta")).toBe(false);
  });
});

test.each([
  ["@bot stop", "stop"],
  ["@bot: stop", "stop"],
  ["  @a @b.c   /codexchat stop all ", "/codexchat stop all"],
  ["<@U12> <@!34> halt", "halt"],
  ["stop @bot", "stop @bot"],
  ["mail@bot stop", "mail@bot stop"],
  ["@bot", "@bot"],
])("the mentions before a text are left out: %j", (text, rest) => {
  expect(withoutMentions(text)).toBe(rest);
});
