import type { IncomingMessage } from "node:http";
import { readBody } from "../loopback-server.js";
import type { ChannelFile } from "../channel-service.js";
import { asArray, asObject, asString, parseJson, type JsonObject } from "../wire-guards.js";
import { DiscordRefusal } from "./refusal.js";

export interface DiscordRequest {
  readonly method: string;
  /** Below `/api/v10`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** An object as a rule; a list where commands are stored. */
  readonly body: unknown;
  readonly fields: JsonObject;
  readonly files: readonly ChannelFile[];
}

/** https://discord.com/developers/docs/reference#uploading-files: 10 MiB, and each file named in `attachments` by its index */
const FILE_BYTES = 10 * 1024 * 1024;

/** @throws DiscordRefusal where files are sent in a way that Discord does not take */
export async function readRequest(request: IncomingMessage, url: URL): Promise<DiscordRequest> {
  const bytes = await readBody(request);
  const contentType = request.headers["content-type"] ?? "";
  const files: ChannelFile[] = [];
  let body: unknown;
  if (contentType.startsWith("multipart/form-data")) {
    const form = await new Response(new Uint8Array(bytes), {
      headers: { "content-type": contentType },
    }).formData();
    body = parseJson(asString(form.get("payload_json")));
    for (const [name, value] of form) {
      if (typeof value === "string") continue;
      if (!/^files\[\d+\]$/.test(name)) {
        throw new DiscordRefusal(400, 50_035, `Invalid Form Body: ${name}`);
      }
      if (value.size > FILE_BYTES) {
        throw new DiscordRefusal(413, 40_005, "Request entity too large");
      }
      files.push({ name: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
    }
    const declared = asArray(asObject(body)["attachments"]).length;
    if (declared > files.length) throw new DiscordRefusal(400, 50_046, "Invalid file uploaded");
  } else {
    body = parseJson(bytes.toString("utf8"));
  }
  return {
    method: request.method ?? "GET",
    path: decodeURIComponent(url.pathname.replace(/^\/api\/v10/, "")),
    query: url.searchParams,
    body,
    fields: asObject(body),
    files,
  };
}
