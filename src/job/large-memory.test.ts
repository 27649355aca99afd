import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRandomCheckpoint } from "../../test/support/random-checkpoint.ts";
import { SD1 } from "../../test/support/true-shapes.ts";
import { expectedMemory } from "../edit/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import { checkMemory } from "./memory.ts";
import type { Prepared } from "./prepared.ts";

/** Peak in bytes of both processes in a fused step of 2 frames of 512×512 (bench/NOTES.md): no edit of them takes less. */
const FUSED_STEP = 2.55e9;

const folder = mkdtempSync(join(tmpdir(), "fatezero-large-"));
let model: Model;
beforeAll(async () => {
  // Nothing is computed, so there need be nothing in its files.
  await writeRandomCheckpoint(folder, SD1, {}, "hole");
  model = await loadModel(folder);
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

/** 8 frames of 512×512 to be inverted in two steps. */
function prepared(): Prepared {
  const size = { width: 512, height: 512 };
  const info = { kind: "video", ...size, fps: 8, frameCount: 8, duration: 1 } as const;
  const terms = { prompt: "a red car", steps: 2, settings: resolveMethod(model, {}) };
  return {
    input: { kind: "clip", path: "car.mp4", info },
    model,
    terms,
    size,
    scenes: "auto",
    window: "auto",
  };
}

const bytesOf = (frames: number, memory?: "fast"): number => {
  const { terms, size } = prepared();
  return expectedMemory(model, { ...terms, ...size, frames, encodes: true, branches: 3 }, memory);
};

describe("a model of Stable Diffusion's size", () => {
  test("is computed with its weights left in their files, unless it is asked for otherwise; a small one is not", async () => {
    expect(model.engine.memory).toBe("lowMemory");
    for (const [name, memory] of [
      [folder, "fast"],
      ["tinytown", undefined],
    ] as const) {
      await using other = await loadModel(name, { ...(memory ? { memory } : {}) });
      expect(other.engine.memory).toBe("fast");
    }
  });

  test("takes at least what a fused step does, and of 8 frames no more than 6 GB", () => {
    expect(bytesOf(2)).toBeGreaterThan(FUSED_STEP);
    expect(bytesOf(8)).toBeLessThan(6e9);
    expect(bytesOf(2, "fast")).toBeGreaterThan(1.8 * bytesOf(2));
  });

  test("keeps to less memory by fewer frames at a time, or is refused with what it takes at least", () => {
    const job = prepared();
    expect(checkMemory(job, { maxMemory: 6 }, []).model.chunk).toBe("auto");
    expect(checkMemory(job, { maxMemory: 3 }, []).model.chunk).toBe(4);
    expect(() => checkMemory(job, { maxMemory: 2 }, [])).toThrow(
      /take about \d\.\d GB of memory, and 2\.0 GB/,
    );
  });
});
