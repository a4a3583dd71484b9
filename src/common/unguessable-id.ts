import { randomBytes } from "node:crypto";

/** What a button carries: 22 characters that nobody can guess. */
export function unguessableId(): string {
  return randomBytes(16).toString("base64url");
}
