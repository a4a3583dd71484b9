/**
 * README.md for the package. OpenClaw's Control UI shows it beside the plugin, where a link to a file of the repository
 * leads nowhere, and shows no picture but one that is in the text itself.
 */

/** @param picture the SVG that README shows */
export function packedReadme(text: string, picture: Uint8Array): string {
  const source = `data:image/svg+xml;base64,${Buffer.from(picture).toString("base64")}`;
  return text
    .replaceAll(/!\[([^\]]*)\]\((?!https:)[^)]*\)/g, (_, alt: string) => `![${alt}](${source})`)
    .replaceAll(/(?<!!)\[([^\]]+)\]\((?!https?:)([^)#]*)[^)]*\)/g, named);
}

/** What the link led to, by its place in the repository: `Commands (docs/commands.md)`. */
function named(_: string, label: string, file: string): string {
  return `${label} (\`${file}\`)`;
}
