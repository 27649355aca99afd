/** A few cases of every kind of `npm run torture`, always the same ones. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FateZeroError } from "../../src/errors.ts";
import { Fault, faultOf, torture } from "./harness.ts";
import { KINDS } from "./kinds/index.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-torture-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(KINDS.map(([kind, cases]) => [kind.name, kind, cases] as const))(
  "nothing breaks: %s",
  async (_, kind, cases) => {
    const outcome = await torture(kind, folder, { cases, until: Number.POSITIVE_INFINITY, seed: 1 });
    expect(outcome.faults).toEqual([]);
    expect(outcome.cases).toBe(cases);
  },
);

describe("a fault", () => {
  const kind = (run: () => Promise<string>) => ({ name: "kind", run });
  const once = { cases: 1, until: Number.POSITIVE_INFINITY, seed: 7 };
  test("is whatever is no error on purpose", async () => {
    const broken = kind(() => Promise.reject(new TypeError("x is undefined")));
    expect((await torture(broken, folder, once)).faults).toEqual([
      expect.stringContaining("kind --seed 7: not an error on purpose: TypeError: x is undefined"),
    ]);
    expect(faultOf(new Fault("frames that are none"))).toBe("frames that are none");
    expect(faultOf(new FateZeroError("bad-size", "The size is wrong.", ""))).toBe("no remedy");
    expect(faultOf(new FateZeroError("bad-size", "The size is wrong.", "Choose another."))).toBeNull();
  });

  test("is a case that takes too long", async () => {
    const slow = {
      ...kind(() => new Promise((resolve) => setTimeout(() => resolve(""), 30))),
      seconds: 0.01,
    };
    expect((await torture(slow, folder, once)).faults).toEqual([expect.stringContaining("it took")]);
  });
});
