import type { IncomingMessage } from "node:http";
import { readBody } from "../loopback-server.js";
import { asObject, asString, parseJson, type JsonObject } from "../wire-guards.js";

export interface SlackRequest {
  /** A method's name, or the path of a file or a hook. */
  readonly path: string;
  readonly token: string;
  readonly args: JsonObject;
  readonly bytes: Buffer;
}

/** Arguments that are JSON within a form. https://docs.slack.dev/apis/web-api/#methods_supporting_json */
const IN_JSON = new Set(["attachments", "blocks", "files", "metadata", "prompts", "view"]);

export async function readRequest(request: IncomingMessage, url: URL): Promise<SlackRequest> {
  const bytes = await readBody(request);
  const contentType = request.headers["content-type"] ?? "";
  const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  const path = url.pathname.replace(/^\/api\//, "/").slice(1);
  if (contentType.startsWith("application/json")) {
    return { path, token, args: asObject(parseJson(bytes.toString("utf8"))), bytes };
  }
  const isForm = contentType.startsWith("application/x-www-form-urlencoded");
  const form = new URLSearchParams(isForm ? bytes.toString("utf8") : "");
  const args = Object.fromEntries(
    [...url.searchParams, ...form].map(([name, value]) => [
      name,
      IN_JSON.has(name) ? parseJson(value) : value,
    ]),
  );
  return { path, token: token === "" ? asString(args["token"]) : token, args, bytes };
}
