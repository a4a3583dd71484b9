/** Files on their way into a chat. https://docs.slack.dev/messaging/working-with-files#upload */
import type { ChannelFile } from "../channel-service.js";
import { asArray, asNumber, asObject, asString, type JsonObject } from "../wire-guards.js";
import { SlackRefusal } from "./refusal.js";

interface Upload {
  readonly name: string;
  readonly length: number;
  bytes?: Buffer;
}

export class SlackUploads {
  readonly #uploads = new Map<string, Upload>();

  /** https://docs.slack.dev/reference/methods/files.getUploadURLExternal @throws SlackRefusal */
  begin({ filename, length }: JsonObject): string {
    const name = asString(filename);
    const size = asNumber(length);
    if (name === "" || size === undefined || size < 1) throw new SlackRefusal("invalid_arguments");
    const id = `F0UPLOAD${this.#uploads.size + 1}`;
    this.#uploads.set(id, { name, length: size });
    return id;
  }

  /** False where nothing was to be uploaded there, or something of another length. */
  take(id: string, bytes: Buffer): boolean {
    const upload = this.#uploads.get(id);
    if (!upload || upload.length !== bytes.length) return false;
    upload.bytes = bytes;
    return true;
  }

  /** https://docs.slack.dev/reference/methods/files.completeUploadExternal @throws SlackRefusal */
  complete({ files }: JsonObject): ChannelFile[] {
    const ids = asArray(files).map((file) => asString(asObject(file)["id"]));
    if (ids.length === 0) throw new SlackRefusal("invalid_arguments");
    return ids.map((id) => {
      const upload = this.#uploads.get(id);
      if (!upload?.bytes) throw new SlackRefusal("file_not_found");
      this.#uploads.delete(id);
      return { name: upload.name, bytes: upload.bytes };
    });
  }
}
