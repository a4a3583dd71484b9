/** A web address that a person can open, with nothing in it that a channel would format. */

const LONGEST = 3000;

/** Undefined for anything else, and for one that no message has room for. */
export function openableLink(url: string | undefined): { text: string; url: URL } | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const text = parsed.href.replace(
    /[*~`|()[\]]/g,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  );
  if (!/^https?:$/.test(parsed.protocol) || text.length > LONGEST) return undefined;
  return { text, url: parsed };
}
