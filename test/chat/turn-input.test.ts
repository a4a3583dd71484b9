import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { describe, expect, test } from "vitest";
import {
  buildCodexConversationTurnInput,
  promptOf,
  whyNothingForCodex,
} from "../../src/chat/turn-input.js";
import { mediaWords } from "../../src/words/media-words.js";

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
  const octets = {
    path: "/media/a",
    kind: "image",
    contentType: "application/octet-stream",
  } as const;
  const asDocument = { path: "/media/a", kind: "document", contentType: "image/png" } as const;

  test.each([
    { by: "content type", fact: { path: "/media/a", contentType: "image/webp" } },
    { by: "kind", fact: { path: "/media/a", kind: "image" } },
    { by: "kind, of a type that says nothing", fact: octets },
    { by: "type, sent as a document", fact: asDocument },
    { by: "kind, a sticker", fact: { path: "/media/a", kind: "sticker" } },
    { by: "type in capitals", fact: { path: "/media/a", contentType: "IMAGE/PNG" } },
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

  test.each([
    { contentType: "application/octet-stream" },
    { kind: "unknown" },
    { kind: "unknown", contentType: "binary/octet-stream" },
  ] as const)("is known by its ending where the host tells only %o", (fact) => {
    expect(inputOf({ media: [{ path: "/media/a.png", ...fact }] })).toEqual([
      picture("/media/a.png"),
    ]);
    expect(inputOf({ media: [{ path: "/media/a.bin", ...fact }] })).toEqual([
      text("Attached file: /media/a.bin"),
    ]);
  });

  test("is not what the host calls something else, whatever its ending", () => {
    const media = [{ path: "/media/a.png", kind: "document" }] as const;
    expect(inputOf({ media: [...media] })).toEqual([text("Attached file: /media/a.png")]);
  });

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

  test("that is a link keeps its address and its place: it is fetched before the turn", () => {
    const media = [
      { url: "https://pictures.example/a.png", contentType: "image/png" },
      { path: "/media/b.png", contentType: "image/png" },
    ];
    expect(inputOf({ media })).toEqual([
      { type: "image", url: "https://pictures.example/a.png" },
      picture("/media/b.png"),
    ]);
  });

  test("that is a link of no type is known by its name without what follows it", () => {
    const url = "https://pictures.example/a.png?size=large#top";
    expect(inputOf({ media: [{ url }] })).toEqual([{ type: "image", url }]);
    const page = "https://pictures.example/?name=a.png";
    expect(inputOf({ media: [{ url: page }] }, "Look")).toEqual([
      text(`Look\n\n(A file came with this, only as a link: ${page})`),
    ]);
  });

  test.each([
    { url: "file://elsewhere.example/a.png" },
    { url: "data:text/html,x" },
    { path: "media/relative.png" },
    {},
  ])("that cannot be read from here is told of: %o", (where) => {
    const event = { media: [{ ...where, contentType: "image/png" }] };
    expect(inputOf(event, "Look")).toEqual([
      text("Look\n\n(A picture came with this, but it cannot be read from here.)"),
    ]);
    expect(inputOf(event)).toEqual([]);
    expect(whyNothingForCodex(event)).toBe(mediaWords.nothingReadable);
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

  test("that is only a link is told of, with the link", () => {
    const media = [{ url: "https://files.example/a.pdf", contentType: "application/pdf" }];
    expect(inputOf({ media }, "Read it")).toEqual([
      text("Read it\n\n(A file came with this, only as a link: https://files.example/a.pdf)"),
    ]);
  });
});

describe("a sound that is no voice message", () => {
  const wav = { path: "/media/beep.wav", contentType: "audio/wav", kind: "audio" } as const;

  test("is a file, with or without words", () => {
    expect(inputOf({ media: [wav] }, "put this into assets/")).toEqual([
      text("put this into assets/\n\nAttached file: /media/beep.wav"),
    ]);
    expect(inputOf({ media: [wav] })).toEqual([text("Attached file: /media/beep.wav")]);
  });

  test("is one for an older host, too", () => {
    const metadata = { mediaPaths: ["/media/a.mp3"], mediaTypes: ["audio/mpeg"] };
    expect(inputOf({ metadata })).toEqual([text("Attached file: /media/a.mp3")]);
  });

  test("was spoken if it has a transcript", () => {
    expect(inputOf({ media: [{ ...wav, transcribed: true }] }, "spoken")).toEqual([text("spoken")]);
  });
});

describe("a sound", () => {
  // As Telegram's channel tells a voice message.
  const voice = {
    path: "/media/voice.ogg",
    contentType: "application/ogg",
    kind: "audio",
  } as const;

  test("counts by its transcript alone, which the host has put into the message", () => {
    const media = [{ ...voice, transcribed: true }];
    expect(inputOf({ media }, "spoken")).toEqual([text("spoken")]);
  });

  test.each(["", "<media:audio>", "<media:audio> (2 audio attachments)"])(
    "has its transcript for a prompt where no other words came: %j",
    (bodyForAgent) => {
      const event = { content: "", bodyForAgent, transcript: " spoken ", media: [voice] };
      expect(promptOf(event)).toBe("spoken");
      expect(inputOf(event, promptOf(event))).toEqual([text("spoken")]);
    },
  );

  test("does not put its transcript in the place of other words", () => {
    const event = { content: "typed", transcript: "spoken", media: [voice] };
    expect(promptOf(event)).toBe("typed");
  });

  test("without a transcript is told of beside other words", () => {
    expect(inputOf({ media: [voice] }, "typed")).toEqual([
      text(`typed\n\n${mediaWords.noTranscript}`),
    ]);
  });

  test("alone without a transcript is nothing for Codex, and the person hears what to do", () => {
    const event = { content: "", bodyForAgent: "<media:audio>", media: [voice] };
    expect(promptOf(event)).toBe("");
    expect(inputOf(event)).toEqual([]);
    expect(whyNothingForCodex(event)).toMatch(/without a transcript.*tools\.media\.models/);
    expect(whyNothingForCodex({ ...event, isGroup: true })).toMatch(
      /In groups OpenClaw transcribes only if the bot has to be mentioned: type it, or write to me in a private chat\.$/,
    );
  });
});

describe("the host's own line on channel and sender", () => {
  const framing = "[Telegram Ada id:7 +3s Sun 2026-11-22 14:37 UTC] Ada (@ada): ";
  const media = [{ path: "/media/a.png", contentType: "image/png" }];

  test("is no prompt where it stands for words that there are not", () => {
    const event = { content: framing, body: framing, bodyForAgent: "", media };
    expect(promptOf(event)).toBe("");
  });

  test("does not cost the content that is one", () => {
    expect(promptOf({ content: "[1] see:", bodyForAgent: "", media })).toBe("[1] see:");
    expect(promptOf({ content: "typed", body: "typed", bodyForAgent: " ", media })).toBe("typed");
    expect(promptOf({ content: "typed", body: framing, media })).toBe("typed");
  });
});

describe("what is still being staged", () => {
  const event: Partial<PluginHookInboundClaimEvent> = {
    originalMedia: [{ path: "/incoming/a.png", contentType: "image/png" }],
    mediaStagingPending: true,
  };

  test("cannot be read yet, and is told of", () => {
    expect(inputOf(event, "Look")).toEqual([text(`Look\n\n${mediaWords.pending(1)}`)]);
  });

  test("alone is nothing for Codex, and the person hears to send it again", () => {
    expect(inputOf(event)).toEqual([]);
    expect(whyNothingForCodex(event)).toBe(mediaWords.sendAgain);
  });
});

test("an empty message has nothing to be told of", () => {
  expect(whyNothingForCodex({})).toBeUndefined();
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

  test("with fewer types than files tells less than the names do", () => {
    const files = (...mediaPaths: string[]): unknown[] =>
      inputOf({ metadata: { mediaPaths, mediaTypes: ["image/png"] } });
    const pdf = text("Attached file: /media/b.pdf");
    expect(files("/media/a.jpg", "/media/b.pdf")).toEqual([pdf, picture("/media/a.jpg")]);
    expect(files("/media/b.pdf", "/media/a.jpg")).toEqual([pdf, picture("/media/a.jpg")]);
    const metadata = { mediaPaths: ["/media/a.jpg", "/media/b.pdf"] };
    expect(inputOf({ metadata: { ...metadata, mediaTypes: ["application/pdf"] } })).toEqual([
      pdf,
      picture("/media/a.jpg"),
    ]);
  });

  test("can hold a kind in the place of a type", () => {
    const metadata = { mediaPaths: ["/media/a", "/media/b"], mediaTypes: ["sticker", "document"] };
    expect(inputOf({ metadata })).toEqual([text("Attached file: /media/b"), picture("/media/a")]);
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
