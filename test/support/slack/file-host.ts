/**
 * `files.slack.com` on loopback. OpenClaw's Slack channel fetches files from Slack's own hosts and over TLS only, so it comes
 * here the way an operator has a gateway take: by a proxy that stands in its configuration, and a certificate that it is
 * told to trust. The proxy lets nobody through to anywhere but loopback.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { ChannelFile } from "../channel-service.js";
import { type LoopbackServer, serveOnLoopback } from "../loopback-server.js";
import { selfSigned } from "../self-signed.js";
import type { JsonObject } from "../wire-guards.js";
import { BOT_TOKEN } from "./world.js";

const HOST = "files.slack.com";

const MIME_TYPES: Readonly<Record<string, string>> = { png: "image/png", txt: "text/plain" };

export class SlackFileHost {
  /** Where the gateway wanted to be let through to beside. */
  readonly refused = new Set<string>();
  readonly #folder: string;
  readonly #proxy: LoopbackServer;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #files = new Map<string, ChannelFile>();

  static async start(): Promise<SlackFileHost> {
    const { key, cert } = selfSigned(HOST);
    const folder = await mkdtemp(join(tmpdir(), "slack-files-"));
    await writeFile(join(folder, "ca.pem"), cert);
    const server = createServer({ key, cert });
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    // A proxy that is asked for a page and not for a tunnel.
    const proxy = await serveOnLoopback((_, response) => void response.writeHead(403).end());
    return new SlackFileHost(folder, proxy, server);
  }

  private constructor(folder: string, proxy: LoopbackServer, server: Server) {
    this.#folder = folder;
    this.#proxy = proxy;
    this.#server = server;
    server.on("request", (request, response) => this.#answer(request, response));
    proxy.http.on("connect", ({ url = "" }: IncomingMessage, socket: Duplex) =>
      this.#tunnel(url, socket),
    );
  }

  /** What lets a gateway find it. */
  get environment(): NodeJS.ProcessEnv {
    return {
      OPENCLAW_PROXY_URL: this.#proxy.url,
      NODE_EXTRA_CA_CERTS: join(this.#folder, "ca.pem"),
    };
  }

  /** Takes a person's file, and describes it. https://docs.slack.dev/reference/objects/file-object */
  share(file: ChannelFile): JsonObject {
    const id = `F0PERSON${this.#files.size + 1}`;
    const path = `/files-pri/T0LOOPBACK-${id}/${encodeURIComponent(file.name)}`;
    this.#files.set(path, file);
    const filetype = file.name.split(".").at(-1) ?? "";
    return {
      id,
      name: file.name,
      title: file.name,
      filetype,
      mimetype: MIME_TYPES[filetype] ?? "application/octet-stream",
      mode: "hosted",
      size: file.bytes.length,
      url_private: `https://${HOST}${path}`,
      url_private_download: `https://${HOST}${path}`,
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#proxy.stop();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #tunnel(target: string, socket: Duplex): void {
    this.#keep(socket);
    const port = this.#portOf(target);
    if (port === undefined) {
      this.refused.add(target);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const there = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    this.#keep(there);
  }

  /** Slack's client takes its web socket on loopback through the proxy, too. */
  #portOf(target: string): number | undefined {
    if (target === `${HOST}:443`) return addressOf(this.#server).port;
    const port = /^(?:127\.0\.0\.1|localhost):(\d+)$/.exec(target)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  /** https://docs.slack.dev/messaging/working-with-files: whoever brings no token is shown Slack's page to sign in */
  #answer({ url = "", headers }: IncomingMessage, response: ServerResponse): void {
    if (headers.authorization !== `Bearer ${BOT_TOKEN}`) {
      response.writeHead(200, { "content-type": "text/html" }).end("<!DOCTYPE html><p>Sign in</p>");
      return;
    }
    const file = this.#files.get(url);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const type = MIME_TYPES[file.name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": file.bytes.length });
    response.end(file.bytes);
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it does not listen");
  return address;
}
