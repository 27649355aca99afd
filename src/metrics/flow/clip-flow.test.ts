import { describe, expect, test } from "vitest";
import { movingSquare, paint, shifted, wavyTexture } from "../../../test/support/moving-pictures.ts";
import { clipFlow, seenAlong, seenShare } from "./clip-flow.ts";
import type { Flow } from "./optical-flow.ts";
import { warpFrame } from "./warp.ts";

const flowOf = (width: number, height: number, u: number, v: number): Flow => ({
  width,
  height,
  u: new Float32Array(width * height).fill(u),
  v: new Float32Array(width * height).fill(v),
});

describe("warping", () => {
  test("brings a picture back along whole and half pixels, and holds its border", () => {
    const picture = { width: 3, height: 1, data: Uint8Array.of(0, 1, 2, 10, 11, 12, 20, 21, 22) };
    expect([...warpFrame(picture, flowOf(3, 1, 1, 0)).data]).toEqual([10, 11, 12, 20, 21, 22, 20, 21, 22]);
    expect([...warpFrame(picture, flowOf(3, 1, -0.5, 3)).data]).toEqual([0, 1, 2, 5, 6, 7, 15, 16, 17]);
  });
});

describe("what is seen along a flow", () => {
  test("is what stays in the picture and comes back", () => {
    const there = flowOf(4, 1, 1, 0);
    expect([...seenAlong(there, flowOf(4, 1, -1, 0))]).toEqual([1, 1, 1, 0]);
    // (1 + 1)² > 0.01 (1 + 1) + 0.5
    expect([...seenAlong(there, flowOf(4, 1, 1, 0))]).toEqual([0, 0, 0, 0]);
    // (1 − 0.3)² < 0.01 (1 + 0.09) + 0.5
    expect([...seenAlong(there, flowOf(4, 1, -0.3, 0))]).toEqual([1, 1, 1, 0]);
  });

  test("is not where motion has an edge", () => {
    const there = { ...flowOf(4, 1, 0, 0), v: new Float32Array(4), u: Float32Array.of(0, 0, 0.1, 0.1) };
    expect([...seenAlong(there, flowOf(4, 1, 0, 0))]).toEqual([1, 0, 1, 0]);
  });

  test("is a share of all pixels, mean over pairs", () => {
    const none = flowOf(4, 1, 0, 0);
    const pair = (...seen: number[]) => ({
      ...{ forward: none, backward: none, seenAfter: Uint8Array.from(seen), seenBefore: new Uint8Array(4) },
    });
    expect(seenShare([pair(1, 1, 0, 1), pair(0, 0, 0, 1)])).toBe(0.5);
    expect(seenShare([])).toBeNull();
  });

  test("leaves out what a moving square covers", async () => {
    const { a, b, hidden } = movingSquare(96, 6, 4);
    const { seenAfter } = (await clipFlow([a, b]))[0]!;
    let [covered, missed, open, seen] = [0, 0, 0, 0];
    for (const [i, value] of seenAfter.entries()) {
      if (hidden!(i % 96, Math.floor(i / 96))) {
        covered++;
        missed += value;
      } else {
        open++;
        seen += value;
      }
    }
    expect(missed / covered).toBeLessThan(0.2);
    expect(seen / open).toBeGreaterThan(0.9);
  });
});

describe("flow through a clip", () => {
  test("goes both ways, one entry a pair; one frame has none", async () => {
    const { a, b } = shifted(64, 2, 1);
    const done: string[] = [];
    const flow = await clipFlow([a, b, a], { onPair: (n, total) => done.push(`${n}/${total}`) });
    expect(done).toEqual(["1/2", "2/2"]);
    expect(flow[1]!.forward).toEqual(flow[0]!.backward);
    const middle = 32 * 64 + 32;
    expect([flow[0]!.forward.u[middle]!, flow[0]!.backward.u[middle]!]).toBeAllclose([2, -2], {
      absolute: 0.05,
    });
    expect(await clipFlow([a])).toEqual([]);
  });

  test("ends when told to", async () => {
    const stop = new AbortController();
    const frame = paint(32, 32, wavyTexture(1));
    const work = clipFlow([frame, frame, frame], { signal: stop.signal, onPair: () => stop.abort() });
    await expect(work).rejects.toThrow("aborted");
  });
});
