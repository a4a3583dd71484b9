/** A lockfile that `npm ci` takes on any machine, and that names no machine and no registry. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { asRecord, asString } from "../src/app-server/json.js";

const lockfile = await readFile(new URL("../package-lock.json", import.meta.url), "utf8");
const packages = Object.entries(asRecord(asRecord(JSON.parse(lockfile))?.packages) ?? {});

test("names no address: packages come from whatever registry npm is set to", () => {
  expect(packages.length).toBeGreaterThan(100);

  const addresses = packages.map(([, entry]) => asString(asRecord(entry)?.resolved) ?? "");
  expect(addresses.filter((address) => address.includes(":"))).toEqual([]);
});

test("holds every platform's optional package, or npm ci would refuse it", () => {
  const names = new Set(packages.map(([place]) => place.replace(/^.*node_modules\//, "")));
  const missing = packages.flatMap(([place, entry]) =>
    Object.keys(asRecord(asRecord(entry)?.optionalDependencies) ?? {})
      .filter((name) => !names.has(name))
      .map((name) => `${place} wants ${name}`),
  );
  expect(missing).toEqual([]);
});
