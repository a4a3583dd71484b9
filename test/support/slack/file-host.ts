/** `files.slack.com`, where a person's files lie: OpenClaw's Slack channel fetches them from Slack's own hosts only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ChannelFile } from "../channel-service.js";
import { type DivertedHost, TlsHost } from "../tls-host.js";
import type { JsonObject } from "../wire-guards.js";
import { BOT_TOKEN } from "./world.js";

const HOST = "files.slack.com";

const MIME_TYPES: Readonly<Record<string, string>> = { png: "image/png", txt: "text/plain" };

export class SlackFileHost {
  readonly #host: TlsHost;
  readonly #files: Map<string, ChannelFile>;

  static async start(): Promise<SlackFileHost> {
    const files = new Map<string, ChannelFile>();
    const host = await TlsHost.start(HOST, (request, response) => answer(files, request, response));
    return new SlackFileHost(host, files);
  }

  private constructor(host: TlsHost, files: Map<string, ChannelFile>) {
    this.#host = host;
    this.#files = files;
  }

  /** What a gateway is to find in its place. */
  get diverted(): DivertedHost {
    return this.#host.diverted;
  }

  /** Takes a person's file, and describes it. https://docs.slack.dev/reference/objects/file-object */
  share(file: ChannelFile): JsonObject {
    const id = `F0PERSON${this.#files.size + 1}`;
    const path = `/files-pri/T0LOOPBACK-${id}/${encodeURIComponent(file.name)}`;
    this.#files.set(path, file);
    return {
      id,
      name: file.name,
      title: file.name,
      filetype: endingOf(file),
      mimetype: typeOf(file),
      mode: "hosted",
      size: file.bytes.length,
      url_private: `https://${HOST}${path}`,
      url_private_download: `https://${HOST}${path}`,
    };
  }

  stop(): Promise<void> {
    return this.#host.stop();
  }
}

/** https://docs.slack.dev/messaging/working-with-files: whoever brings no token is shown Slack's page to sign in */
function answer(
  files: ReadonlyMap<string, ChannelFile>,
  { url = "", headers }: IncomingMessage,
  response: ServerResponse,
): void {
  if (headers.authorization !== `Bearer ${BOT_TOKEN}`) {
    response.writeHead(200, { "content-type": "text/html" }).end("<!DOCTYPE html><p>Sign in</p>");
    return;
  }
  const file = files.get(url);
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  const { bytes } = file;
  response.writeHead(200, { "content-type": typeOf(file), "content-length": bytes.length });
  response.end(bytes);
}

function endingOf({ name }: ChannelFile): string {
  return name.split(".").at(-1) ?? "";
}

function typeOf(file: ChannelFile): string {
  return MIME_TYPES[endingOf(file)] ?? "application/octet-stream";
}
