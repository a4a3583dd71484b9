/** What a person has said, without the line that tells Codex who speaks in a group. */
export function wordsOf(said: string): string {
  return said.replace(/^\[From [^\n]*:\]\s+/, "");
}
