/**
 * The parts of a text that are made, not written: each between two marks that name it. They are link definitions, which
 * nobody sees, since OpenClaw's Control UI shows an HTML comment to whoever looks at the plugin.
 */

const end = (name: string): string => `[//]: # "end of ${name}"`;
const start = (name: string): string => `[//]: # "${name}: made by npm run readme"`;

/** The text with these parts in place of those that stand there. @throws where the place of one is not marked */
export function withParts(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((whole, [name, part]) => {
    const from = whole.indexOf(start(name));
    const to = whole.indexOf(end(name), from);
    if (from === -1 || to === -1) throw new Error(`no place is marked for: ${name}`);
    return `${whole.slice(0, from)}${start(name)}\n\n${part}\n\n${whole.slice(to)}`;
  }, text);
}
