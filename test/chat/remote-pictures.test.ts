import { execFileSync } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildCodexConversationTurnInput, textInput } from "../../src/chat/turn-input.js";
import { isFarCodex, withFetchedPictures } from "../../src/chat/remote-pictures.js";
import { mediaWords } from "../../src/words/media-words.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const PNG = Buffer.from("\u0089PNG\r\n\u001A\nrest", "latin1");
/** The guard rightly takes a test's own server for a private network. */
const policy = { allowPrivateNetwork: true };

/** A server on loopback; gives its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

const image = (url: string) => ({ type: "image" as const, url });

test("an input without links is left as it is", async () => {
  const input = [textInput("Look"), image("data:image/png;base64,AA")];
  expect(await withFetchedPictures(input)).toBe(input);
});

test.each([
  ["image/png", PNG],
  ["image/jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1])],
  ["image/gif", Buffer.from("GIF89a...")],
  ["image/webp", Buffer.from("RIFF\0\n\0\0WEBPVP8 ")],
])("a picture is put in the place of its link, as what its bytes are: %s", async (type, bytes) => {
  const url = await serve((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(bytes);
  });
  const local = { type: "localImage" as const, path: "/media/a.png" };
  const input = [textInput("Look"), image(`${url}/x`), local];
  expect(await withFetchedPictures(input, { policy })).toEqual([
    textInput("Look"),
    image(`data:${type};base64,${bytes.toString("base64")}`),
    local,
  ]);
});

describe("a picture that would take too much of Codex's memory is left out, and that is told:", () => {
  /** 10,000 × 10,000 pixels, of which nothing has to be unpacked to know that. */
  const HUGE = Buffer.concat([
    Buffer.from("\u0089PNG\r\n\u001A\n\0\0\0\rIHDR\0\0'\u0010\0\0'\u0010", "latin1"),
    Buffer.alloc(10),
  ]);
  test("a file, here and where Codex runs on another machine", async () => {
    const file = path.join(await temporaryFolder(), "huge.png");
    await writeFile(file, HUGE);
    const input = [textInput("Look"), { type: "localImage" as const, path: file }];
    expect(await withFetchedPictures(input)).toEqual([
      textInput("Look\n\n(A picture was left out: huge.png: it has more than 40 megapixels.)"),
    ]);
    const reason = mediaWords.tooManyPixels(40_000_000);
    expect(await withFetchedPictures(input, { isFar: true })).toEqual([
      textInput(`Look\n\n${mediaWords.pictureNotFetched("huge.png", reason)}`),
    ]);
  });

  test("one that came in the message, and one behind a link", async () => {
    const url = await serve((_, response) => void response.end(HUGE));
    const data = `data:image/png;base64,${HUGE.toString("base64")}`;
    expect(await withFetchedPictures([image(data), image(url)], { policy })).toEqual([
      textInput(
        `${mediaWords.pictureLeftOut("a picture without a name", 40_000_000)}\n\n${mediaWords.pictureNotFetched(
          new URL(url).host,
          mediaWords.tooManyPixels(40_000_000),
        )}`,
      ),
    ]);
  });
});

describe("where Codex runs on another machine", () => {
  test("a file is put into the input, too, and what is none is told of", async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, "a.png"), PNG);
    await writeFile(path.join(folder, "b.png"), "no picture");
    const staged = (name: string) => ({
      type: "localImage" as const,
      path: path.join(folder, name),
    });
    const input = [staged("a.png"), staged("b.png"), staged("gone.png")];
    expect(await withFetchedPictures(input)).toBe(input);
    expect(await withFetchedPictures(input, { isFar: true })).toEqual([
      textInput(
        "(A picture could not be fetched: b.png: it is not a PNG, JPEG, GIF or WebP picture.)\n\n" +
          "(A picture could not be fetched: gone.png: the file no longer exists.)",
      ),
      image(`data:image/png;base64,${PNG.toString("base64")}`),
    ]);
  });

  test.skipIf(process.platform === "win32")(
    "what is no file at all is told of, and not waited for",
    async () => {
      const pipe = path.join(await temporaryFolder(), "a.png");
      execFileSync("mkfifo", [pipe]);
      for (const staged of [pipe, "/dev/zero", path.dirname(pipe)]) {
        const input = [{ type: "localImage" as const, path: staged }];
        expect(await withFetchedPictures(input, { isFar: true })).toMatchObject([
          { text: expect.stringMatching(/: it is not a PNG/) },
        ]);
      }
    },
  );

  test("a file that is no picture is told of, since its path leads nowhere there", async () => {
    const file = "/gateway/media/a b.pdf";
    const input = buildCodexConversationTurnInput({
      prompt: "Sum up\n\nAttached file: see below",
      event: { media: [{ path: file, contentType: "application/pdf" }] },
    });
    expect(await withFetchedPictures(input)).toBe(input);
    expect(await withFetchedPictures(input, { isFar: true })).toEqual([
      textInput(`Sum up\n\nAttached file: see below\n\n${mediaWords.fileElsewhere(file)}`),
    ]);
    expect(mediaWords.fileElsewhere(file)).toMatch(/at \/gateway\/media\/a b\.pdf: .*say that/);
  });

  test("is known by the transport; settings that cannot be used do not count", () => {
    const far = { appServer: { transport: "websocket", url: "ws://far.example:1/" } };
    expect(isFarCodex(far)).toBe(true);
    expect(isFarCodex({})).toBe(false);
    expect(isFarCodex({ appServer: { transport: "pigeon" } })).toBe(false);
  });
});

test("nothing is waited for once the turn was stopped", async () => {
  const url = await serve(() => {});
  const stop = new AbortController();
  const input = withFetchedPictures([image(url)], { policy, signal: stop.signal });
  stop.abort();
  expect(await input).toHaveLength(1);
});

/** What is said of a picture behind a link, in place of it. */
async function why(url: string, options: Parameters<typeof withFetchedPictures>[1] = {}) {
  const [part, ...rest] = await withFetchedPictures([textInput("Look"), image(url)], options);
  expect(rest).toEqual([]);
  const text = part?.type === "text" ? part.text : "";
  return /^Look\n\n\(A picture could not be fetched: (.*)\.\)$/.exec(text)?.[1] ?? text;
}

describe("a picture that cannot be fetched is told of in one line:", () => {
  test("in a private network, where nothing is asked for", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.end(PNG);
    });
    expect(await why(`${url}/secret?token=1`)).toBe(
      `${new URL(url).host}: the address is not a public one`,
    );
    expect(await why("http://169.254.169.254/latest/meta-data")).toMatch(/not a public one$/);
    expect(await why("http://localhost:1/a.png")).toMatch(/not a public one$/);
    expect(asked).toBe(0);
  });

  test("in a private network, where a redirect leads there", async () => {
    let asked = 0;
    const inside = await serve((_, response) => {
      asked += 1;
      response.end(PNG);
    });
    const url = await serve((_, response) => {
      response.writeHead(302, { location: `${inside}/a.png` }).end();
    });
    const policyForFirst = { allowedOrigins: [url] };
    expect(await why(url, { policy: policyForFirst })).toMatch(/not a public one$/);
    expect(asked).toBe(0);
  });

  test.each([
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00::1]",
    "0.0.0.0",
    "[::]",
    "2130706433",
    "0x7f.1",
    "100.64.0.1",
    "localhost.",
  ])("in a private network, however it is written: %s", async (host) => {
    expect(await why(`http://${host}/a.png`)).toMatch(/not a public one$/);
  });

  test("that unpacks to far more than was sent", async () => {
    const packed = gzipSync(Buffer.concat([PNG, Buffer.alloc(100_000_000)]));
    const url = await serve((_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(packed);
    });
    expect(await why(url, { policy })).toMatch(/larger than 5 MB$/);
  });

  test("no picture", async () => {
    const url = await serve((_, response) => {
      response.setHeader("content-type", "image/png");
      response.end("<html>sign in</html>");
    });
    expect(await why(url, { policy })).toMatch(/not a PNG, JPEG, GIF or WebP picture$/);
  });

  test("too large, said beforehand or not", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/said") response.setHeader("content-length", 6_000_000);
      response.write(PNG);
      response.end(Buffer.alloc(6_000_000 - PNG.length));
    });
    expect(await why(`${url}/said`, { policy })).toMatch(/larger than 5 MB$/);
    expect(await why(`${url}/unsaid`, { policy })).toMatch(/larger than 5 MB$/);
  });

  test("too large together with others", async () => {
    const url = await serve((_, response) => {
      response.write(PNG);
      response.end(Buffer.alloc(4_900_000));
    });
    const all = Array.from({ length: 4 }, () => image(url));
    const [note, ...pictures] = await withFetchedPictures(all, { policy });
    expect(note).toMatchObject({
      text: expect.stringMatching(/together with the pictures before it, it is too large\.\)$/),
    });
    expect(pictures).toHaveLength(3);
  });

  test("not there", async () => {
    const url = await serve((_, response) => void response.writeHead(404).end());
    expect(await why(url, { policy })).toMatch(/the server answered 404$/);
    expect(await why("http://127.0.0.1:1/", { policy })).toMatch(/could not be reached$/);
    expect(await why("https://", { policy })).toMatch(/^a link: /);
  });

  test("too slow, in its head or its body", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/body") response.write(PNG);
    });
    expect(await why(`${url}/head`, { policy, withinMs: 100 })).toMatch(
      /the server took too long$/,
    );
    expect(await why(`${url}/body`, { policy, withinMs: 100 })).toMatch(
      /the server took too long$/,
    );
  });

  test("alone, so that the line is all there is", async () => {
    expect(await withFetchedPictures([image("http://127.0.0.1:1/a.png")])).toEqual([
      textInput("(A picture could not be fetched: 127.0.0.1:1: the address is not a public one.)"),
    ]);
  });
});
