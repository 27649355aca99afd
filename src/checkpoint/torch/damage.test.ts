import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  call,
  dict,
  global,
  type Picklable,
  storage,
  tensor,
  torchLegacy,
  torchZip,
  view,
} from "../../../test/support/torch-files.ts";
import { torchScratch } from "../../../test/support/torch-refusals.ts";
import { FateZeroError } from "../../errors.ts";
import { bytesOfWeight } from "../read-weight.ts";
import { readTorchWeights } from "./index.node.ts";

const { path } = torchScratch();

const A = storage("float32", [1, 2, 3, 4, 5, 6]);
const VALUE = dict({
  global_step: 3,
  state_dict: dict({
    rows: view(A, [2, 3]),
    columns: view(A, [3, 2], [1, 3]),
    p: call(global("torch._utils", "_rebuild_parameter"), tensor("int64", [2], [1, 2]), true, null),
  }),
  callbacks: new Map<Picklable, Picklable>([[global("numpy", "dtype"), [1.5, 2n ** 40n, null, true]]]),
});

const FILES: readonly (readonly [string, Uint8Array])[] = [
  ["an archive", torchZip(VALUE)],
  ["a compressed archive", torchZip(VALUE, { deflate: true })],
  ["an archive with 64-bit sizes", torchZip(VALUE, { zip64: true })],
  ["a file from before 1.6", torchLegacy(VALUE)],
];

/** Whether the file is read or refused in words; anything else is thrown on. */
async function readsOrRefuses(bytes: Uint8Array): Promise<"read" | "refused"> {
  await writeFile(path(), bytes);
  try {
    const { weights } = await readTorchWeights(path());
    for (const weight of weights.values()) await bytesOfWeight(weight);
    return "read";
  } catch (error) {
    if (error instanceof FateZeroError) return "refused";
    throw error;
  }
}

describe.each(FILES)("%s", (_, bytes) => {
  it("is read", async () => {
    expect(await readsOrRefuses(bytes)).toBe("read");
  });

  it("that is cut off anywhere is refused", { timeout: 60_000 }, async () => {
    const length = fc.integer({ min: 0, max: bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(length, async (n) => (await readsOrRefuses(bytes.subarray(0, n))) === "refused"),
      { numRuns: 100 },
    );
  });

  it("with a few other bytes is read or refused, and quickly", { timeout: 60_000 }, async () => {
    const change = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = bytes.slice();
        for (const [at, mask] of changes) damaged[at]! ^= mask;
        const before = performance.now();
        await readsOrRefuses(damaged);
        expect(performance.now() - before).toBeLessThan(5000);
      }),
      { numRuns: 200 },
    );
  });
});
