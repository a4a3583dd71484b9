/** The bench runs and measures what it says; how fast anything is, is not tested. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { readArguments, usage } from "../bench/arguments.js";
import { withFigures } from "../bench/documentation.js";
import { GROUP_NAMES } from "../bench/group-names.js";
import { tableOf } from "../bench/report.js";
import { isMet, type Row, rowOf } from "../bench/row.js";
import { samplePairs, summarise } from "../bench/sampling.js";
import { repositoryRoot } from "./support/plugin-package.js";
import { temporaryFolder } from "./support/conversation/temporary-folder.js";

/** Ten times what it takes on two idle cores. */
const SMOKE_TIMEOUT_MS = 180_000;

async function smoke(): Promise<{ rows: Row[]; printed: string }> {
  const json = path.join(await temporaryFolder(), "results.json");
  const interruption = new AbortController();
  onTestFinished(() => interruption.abort());
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", path.join("bench", "main.ts"), "--smoke", "--json", json],
    { cwd: repositoryRoot, signal: interruption.signal },
  );
  return { rows: JSON.parse(await readFile(json, "utf8")).rows, printed: stdout };
}

test(
  "a smoke run measures every group, each row beside its limit, and prints them all",
  { timeout: SMOKE_TIMEOUT_MS },
  async () => {
    const { rows, printed } = await smoke();
    expect(new Set(rows.map(({ group }) => group))).toEqual(new Set(GROUP_NAMES));
    for (const row of rows) {
      expect(printed).toContain(`${row.group}: ${row.name}`);
      for (const { median, p10, p90, samples } of [row.plugin, row.limit]) {
        expect(samples).toBeGreaterThan(0);
        expect(Number.isFinite(median)).toBe(true);
        expect(p10).toBeLessThanOrEqual(median);
        expect(p90).toBeGreaterThanOrEqual(median);
      }
      expect(row.limitName).not.toBe("");
      expect(row.unit).not.toBe("");
    }
    const targets = rows.filter(({ target }) => target !== undefined);
    expect(targets.length).toBeGreaterThanOrEqual(9);
    const turns = rows.filter(({ group }) => group === "turns" || group === "wire");
    for (const { plugin, limit } of turns) {
      expect(Math.min(plugin.median, limit.median)).toBeGreaterThan(0);
    }
  },
);

describe("figures", () => {
  const facts = { name: "a row", unit: "ms", limitName: "the least" };

  /** A row of one pair, three beside one. */
  const row = (target: Row["target"]): Row => ({
    group: "group",
    ...rowOf({ ...facts, ...(target && { target }) }, [3], [1]),
  });

  test("are compared pair by pair", () => {
    const { plugin, ratio, difference } = rowOf(facts, [2, 30, 4], [1, 10, 4]);
    expect(plugin.median).toBe(4);
    expect(ratio.median).toBe(2);
    expect(difference.median).toBe(1);
  });

  test("are told by median and percentiles", () => {
    expect(summarise([5, 1, 3, 2, 4])).toMatchObject({ median: 3, p10: 1.4, p90: 4.6, samples: 5 });
  });

  test("tell how sure the median is: the surer the more samples there are", () => {
    const { median, medianFrom, medianTo } = summarise([...Array.from({ length: 101 }).keys()]);
    expect(median).toBe(50);
    expect(medianFrom).toBeCloseTo(40.2, 1);
    expect(medianTo).toBeCloseTo(59.8, 1);
    expect(summarise([0, 1])).toMatchObject({ medianFrom: 0, medianTo: 1 });
  });

  test("meet a target at its bound and miss it beyond", () => {
    expect(isMet(row({ of: "difference", atMost: 2 }))).toBe(true);
    expect(isMet(row({ of: "ratio", atMost: 2.9 }))).toBe(false);
    expect(isMet(row({ of: "plugin", atLeast: 3 }))).toBe(true);
    expect(isMet(row({ of: "plugin", atLeast: 3.1 }))).toBe(false);
    expect(isMet(row(undefined))).toBeUndefined();
    expect(tableOf([row({ of: "ratio", atMost: 2 })])).toMatch(
      /MISSED: ratio ≤ 2, measured 3\.00 to 3\.00$/,
    );
  });

  test("are taken in turns: neither side always goes first, and warming up does not count", async () => {
    const order: string[] = [];
    const side = (name: string) => () => order.push(name);
    const taken = await samplePairs({ count: 2, warmUp: 1 }, side("plugin"), side("limit"));
    expect(order).toEqual(["limit", "plugin", "plugin", "limit", "limit", "plugin"]);
    expect(taken).toEqual({ plugin: [3, 6], limit: [4, 5] });
  });
});

describe("the documentation", () => {
  const machine = {
    node: "v24",
    system: "Linux 6",
    processors: 2,
    model: "a processor",
    loadBefore: [0.1, 0.2, 0.3],
  };

  test("is given the figures between its marks, again and again", async () => {
    const file = path.join(repositoryRoot, "docs", "performance.md");
    const before = await readFile(file, "utf8");
    const rows = [
      { group: "turns", ...rowOf({ name: "a row", unit: "ms", limitName: "x" }, [3], [1]) },
    ];
    const once = withFigures(before, machine, rows);
    expect(once).toContain("| turns: a row |");
    expect(withFigures(once, machine, rows)).toBe(once);
    expect(once.slice(0, 200)).toBe(before.slice(0, 200));
    expect(once.slice(-200)).toBe(before.slice(-200));
  });

  test("takes no figures without marks", () => {
    expect(() => withFigures("nothing", machine, [])).toThrow(/place/);
  });
});

describe("arguments", () => {
  test("name groups, in the bench's own order", () => {
    const { groups } = readArguments(["--only", "load", "--only", "turns"]);
    expect(groups).toEqual(["turns", "load"]);
    expect(readArguments([]).groups).toEqual(GROUP_NAMES);
  });

  test("that name no group are refused", () => {
    expect(() => readArguments(["--only", "nothing"])).toThrow(/nothing/);
  });

  test("write the documentation after a whole run only", () => {
    expect(readArguments(["--write-docs"]).writeDocs).toBe(true);
    expect(() => readArguments(["--write-docs", "--smoke"])).toThrow(/whole/);
    expect(() => readArguments(["--write-docs", "--only", "load"])).toThrow(/whole/);
  });

  test("are all explained", () => {
    for (const option of ["--smoke", "--only", "--json", "--write-docs", "--help"]) {
      expect(usage).toContain(option);
    }
  });
});
