// Holds the package that would be published against what it should be: what runs, its licences, its manifest, nothing
// else; in a form that npm's users and ClawHub accept. The tools look at the packed file, not at this folder.
//
// There is no check of types: the host loads the plugin by its path, nobody imports it, so it ships none.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const EXPECTED = [
  "LICENSE",
  "README.md",
  "assets/icon.png",
  "dist/THIRD_PARTY_LICENSES.txt",
  "dist/index.js",
  "dist/pages/index.js",
  "dist/pages/pages.css",
  "openclaw.plugin.json",
  "package.json",
];
// The host copies the whole package at each load.
const MAX_UNPACKED_BYTES = 1_000_000;
// A phone loads it over its own connection.
const MAX_PAGES_BYTES = 150_000;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);

const folder = await mkdtemp(path.join(tmpdir(), "codex-conversation-package-"));
try {
  const unpacked = path.join(folder, "package");
  const tarball = await pack();
  const reports = path.join(folder, "reports");
  // The host that is installed: without one ClawHub's tool would ask a registry for the newest.
  const host = ["--openclaw", path.join(root, "node_modules", "openclaw")];
  await run("tar", ["-xzf", tarball, "-C", folder]);
  const complaints = [
    ...(await complaintsOfContents(unpacked)),
    ...(await complaintsOf("publint", ["run", tarball, "--strict"])),
    ...(await complaintsOf("clawhub", [
      "package",
      "validate",
      unpacked,
      "--out",
      reports,
      ...host,
    ])),
  ];
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
  else console.log("The package holds what runs and nothing else; publint and ClawHub accept it.");
} finally {
  await rm(folder, { recursive: true });
}

/** Builds and packs; resolves to the packed file's path. */
async function pack() {
  await run(process.execPath, [path.join(root, "scripts", "build.mjs")]);
  const tsx = path.join(root, "node_modules", ".bin", "tsx");
  const { stdout } = await run(tsx, [path.join(root, "scripts", "package", "main.ts"), folder]);
  return stdout.trim();
}

async function complaintsOfContents(unpacked) {
  const entries = await readdir(unpacked, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const sizes = await Promise.all(paths.map(async (file) => (await stat(file)).size));
  const files = paths.map((file) => path.relative(unpacked, file).replaceAll(path.sep, "/"));
  const bytes = sum(sizes);
  const pagesBytes = sum(sizes.filter((_, at) => files[at].startsWith("dist/pages/")));
  return [
    ...EXPECTED.filter((file) => !files.includes(file)).map((file) => `The package lacks ${file}.`),
    ...files
      .filter((file) => !EXPECTED.includes(file))
      .map((file) => `The package must not hold ${file}.`),
    ...(bytes > MAX_UNPACKED_BYTES
      ? [`The package unpacks to ${bytes} bytes; ${MAX_UNPACKED_BYTES} are allowed.`]
      : []),
    ...(pagesBytes > MAX_PAGES_BYTES
      ? [`A browser loads ${pagesBytes} bytes of it; ${MAX_PAGES_BYTES} are allowed.`]
      : []),
  ];
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What a tool of node_modules says if it fails. */
async function complaintsOf(tool, args) {
  try {
    await run(path.join(root, "node_modules", ".bin", tool), args);
    return [];
  } catch (error) {
    return [`${tool} does not accept the package:\n${error.stdout}${error.stderr}`];
  }
}
