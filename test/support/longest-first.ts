/** The order of the test files: what takes longest begins first, since what begins last is waited for by itself. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Over three minutes each, most of which they wait for gateways. */
const LONGEST = ["e2e/install.test.ts", "e2e/restart.test.ts", "e2e/update-stopped.test.ts"];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- It is no array's.
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}`));
  return found === -1 ? LONGEST.length : found;
}
