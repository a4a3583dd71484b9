import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { describe, expect, test } from "vitest";
import { buildCodexConversationTurnInput } from "../src/conversation-turn-input.js";

const text = (words: string): unknown => ({ type: "text", text: words, text_elements: [] });
const picture = (path: string): unknown => ({ type: "localImage", path });
const inputOf = (event: Partial<PluginHookInboundClaimEvent>, prompt = ""): unknown[] =>
  buildCodexConversationTurnInput({ prompt, event });

test("words alone are one text", () => {
  expect(inputOf({}, "Hello")).toEqual([text("Hello")]);
});

test("nothing makes an empty input", () => {
  expect(inputOf({})).toEqual([]);
  expect(inputOf({ media: [], metadata: {} })).toEqual([]);
});

test("words come first, then the pictures in their order", () => {
  const media = [
    { path: "/media/a.png", contentType: "image/png" },
    { path: "/media/b.jpg", contentType: "image/jpeg" },
  ];
  expect(inputOf({ media }, "Compare")).toEqual([
    text("Compare"),
    picture("/media/a.png"),
    picture("/media/b.jpg"),
  ]);
});

describe("a picture", () => {
  test.each([
    { by: "content type", fact: { path: "/media/a", contentType: "image/webp" } },
    { by: "kind", fact: { path: "/media/a", kind: "image" } },
    { by: "file: address", fact: { url: "file:///media/a", contentType: "image/png" } },
  ] as const)("is a local image, known by $by", ({ fact }) => {
    expect(inputOf({ media: [fact] })).toEqual([picture("/media/a")]);
  });

  test.each(["png", "jpg", "JPEG", "gif", "webp"])(
    "of an unknown type is known by its ending: %s",
    (ending) => {
      expect(inputOf({ media: [{ path: `/media/a.${ending}` }] })).toEqual([
        picture(`/media/a.${ending}`),
      ]);
    },
  );

  test("with a blank in its address is found on disk", () => {
    const media = [{ url: "file:///media/a%20b.png", contentType: "image/png" }];
    expect(inputOf({ media })).toEqual([picture("/media/a b.png")]);
  });

  test("is taken from disk rather than from its address", () => {
    const media = [
      { path: "/media/a.png", url: "data:image/png;base64,AA", contentType: "image/png" },
    ];
    expect(inputOf({ media })).toEqual([picture("/media/a.png")]);
  });

  test("inside a data URL stays as it is", () => {
    const url = "data:image/png;base64,AAAA";
    expect(inputOf({ media: [{ url, contentType: "image/png" }] })).toEqual([
      { type: "image", url },
    ]);
  });

  test.each([
    { url: "https://pictures.example/a.png" },
    { url: "file://elsewhere.example/a.png" },
    { url: "data:text/html,x" },
    { path: "media/relative.png" },
    {},
  ])("that cannot be read from here is left out: %o", (where) => {
    expect(inputOf({ media: [{ ...where, contentType: "image/png" }] }, "Look")).toEqual([
      text("Look"),
    ]);
  });
});

describe("another file", () => {
  test("that is staged is named in the text", () => {
    const media = [{ path: "/media/report.pdf", contentType: "application/pdf" }];
    expect(inputOf({ media }, "Read it")).toEqual([
      text("Read it\n\nAttached file: /media/report.pdf"),
    ]);
    expect(inputOf({ media })).toEqual([text("Attached file: /media/report.pdf")]);
  });

  test("with a sound in it is left out: the host has put its words into the message", () => {
    const media = [{ path: "/media/voice.ogg", contentType: "audio/ogg" }];
    expect(inputOf({ media })).toEqual([]);
  });

  test("that is not staged is left out", () => {
    const media = [{ url: "https://files.example/a.pdf", contentType: "application/pdf" }];
    expect(inputOf({ media }, "Read it")).toEqual([text("Read it")]);
  });
});

test("what is still being staged cannot be read yet and is left out", () => {
  const event: Partial<PluginHookInboundClaimEvent> = {
    originalMedia: [{ path: "/incoming/a.png", contentType: "image/png" }],
    mediaStagingPending: true,
  };
  expect(inputOf(event, "Look")).toEqual([text("Look")]);
});

describe("an older host's metadata", () => {
  test("tells the files in lists", () => {
    const metadata = {
      mediaPaths: ["/media/a", "/media/b.pdf"],
      mediaTypes: ["image/png", "application/pdf"],
    };
    expect(inputOf({ metadata })).toEqual([
      text("Attached file: /media/b.pdf"),
      picture("/media/a"),
    ]);
  });

  test("tells one file alone", () => {
    const metadata = { mediaPath: "/media/a", mediaType: "image/png" };
    expect(inputOf({ metadata })).toEqual([picture("/media/a")]);
  });

  test("tells addresses", () => {
    const metadata = { mediaUrls: ["data:image/png;base64,AA"], mediaTypes: ["image/png"] };
    expect(inputOf({ metadata })).toEqual([{ type: "image", url: "data:image/png;base64,AA" }]);
  });

  test("with one type for all files", () => {
    const metadata = { mediaPaths: ["/media/a", "/media/b"], mediaTypes: ["image/png"] };
    expect(inputOf({ metadata })).toEqual([picture("/media/a"), picture("/media/b")]);
  });

  test("counts only where the media facts are missing", () => {
    const event = {
      media: [{ path: "/media/a.png", contentType: "image/png" }],
      metadata: { mediaPaths: ["/media/a.png"], mediaTypes: ["image/png"] },
    };
    expect(inputOf(event)).toEqual([picture("/media/a.png")]);
  });

  test("that names no file is ignored", () => {
    const metadata = { mediaPaths: [], mediaPath: "", mediaUrls: [" "], mediaType: "image/png" };
    expect(inputOf({ metadata }, "Hi")).toEqual([text("Hi")]);
  });
});
