// Holds what `npm pack` would publish against what it should: what runs, its licences, its manifest, nothing else.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const EXPECTED = [
  "LICENSE",
  "README.md",
  "dist/THIRD_PARTY_LICENSES.txt",
  "dist/index.js",
  "openclaw.plugin.json",
  "package.json",
];
// The host copies the whole package at each load.
const MAX_UNPACKED_BYTES = 1_000_000;

const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"]);
const answer = JSON.parse(stdout);
// npm 11 answers with a list, later ones with an object by package name.
const [pack] = Array.isArray(answer) ? answer : Object.values(answer);
const files = pack.files.map((file) => file.path).toSorted();

const missing = EXPECTED.filter((file) => !files.includes(file));
const extra = files.filter((file) => !EXPECTED.includes(file));
if (missing.length > 0) console.error(`The package lacks: ${missing.join(", ")}`);
if (extra.length > 0) console.error(`The package must not hold: ${extra.join(", ")}`);
if (pack.unpackedSize > MAX_UNPACKED_BYTES) {
  console.error(
    `The package unpacks to ${pack.unpackedSize} bytes; ${MAX_UNPACKED_BYTES} allowed.`,
  );
}
if (missing.length + extra.length > 0 || pack.unpackedSize > MAX_UNPACKED_BYTES) {
  process.exitCode = 1;
} else {
  console.log(`The package holds ${files.length} files, ${pack.unpackedSize} bytes unpacked.`);
}
