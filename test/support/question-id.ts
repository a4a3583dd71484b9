/**
 * By what a person who types names a question: its buttons carry it, and where there are none its text says it.
 * Undefined for what is no question.
 */
export function questionIdOf({
  text,
  buttons,
}: {
  text: string;
  buttons: readonly string[];
}): string | undefined {
  if (!text.startsWith("❓")) return undefined;
  const carried = buttons.map((data) => /\bcodexq:([0-9a-f]{6})/.exec(data)?.[1]);
  return (
    carried.find((id) => id !== undefined) ??
    /\/codexchat (?:approve|answer|deny) ([0-9a-f]{6})/.exec(text)?.[1]
  );
}
