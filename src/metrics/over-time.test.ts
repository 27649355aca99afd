import { describe, expect, test } from "vitest";
import { paint, wavyTexture } from "../../test/support/moving-pictures.ts";
import type { Frame } from "../video/index.ts";
import { flicker } from "./flicker.ts";
import { type ClipFlow, clipFlow } from "./flow/clip-flow.ts";
import { flowWarpError } from "./warp-error.ts";

const SIZE = 64;
const texture = wavyTexture(9);
/** A picture that goes right and half as fast upwards. */
const moved = (dx: number, brightness = 0): Frame => {
  const { data, ...rest } = paint(SIZE, SIZE, (x, y) => 60 + texture(x - dx, y + dx / 2) / 2);
  return { ...rest, data: data.map((value) => value + brightness) };
};
const each = (frames: readonly Frame[], change: (value: number, f: number) => number): Frame[] =>
  frames.map((frame, f) => ({ ...frame, data: Float32Array.from(frame.data, (value) => change(value, f)) }));
/** Nothing moves and all is seen: what is measured can be told by hand. */
const still = (pairs: number): ClipFlow => {
  const none = { width: SIZE, height: SIZE, u: new Float32Array(SIZE ** 2), v: new Float32Array(SIZE ** 2) };
  const all = new Uint8Array(SIZE ** 2).fill(1);
  return Array.from({ length: pairs }, () => ({
    ...{ forward: none, backward: none, seenAfter: all, seenBefore: all },
  }));
};

const pan = [0, 2, 4, 6].map((dx) => moved(dx));
const flow = await clipFlow(pan);

describe("flow-warp error", () => {
  test("is the mean squared difference of what does not move, mean over pairs", () => {
    const clip = [moved(0), moved(0, 51), moved(0, 51)];
    expect(flowWarpError(clip, still(2))).toBeCloseTo(0.2 ** 2 / 2, 9);
  });

  test("is 0 for a still clip, null for one frame or where no pixel counts", async () => {
    const clip = [moved(0), moved(0), moved(0)];
    expect(flowWarpError(clip, await clipFlow(clip))).toBe(0);
    expect(flowWarpError([moved(0)], await clipFlow([moved(0)]))).toBeNull();
    expect(flowWarpError(pan, flow, () => 0)).toBeNull();
    const unseen = still(1).map((pair) => ({ ...pair, seenAfter: new Uint8Array(SIZE ** 2) }));
    expect(flowWarpError([moved(0), moved(1)], unseen)).toBeNull();
  });

  test("follows a known shift, which the plain difference does not", () => {
    const plain = flowWarpError(pan, still(3))!;
    expect(flowWarpError(pan, flow)!).toBeLessThan(plain / 500);
  });

  test("judges an edit by the source's flow: recoloured it stays low, frames that do not belong together cost", () => {
    const recoloured = each(pan, (value) => 255 - value);
    expect(flowWarpError(recoloured, flow)).toBeCloseTo(flowWarpError(pan, flow)!, 9);
    const jumping = each(pan, (value, f) => value + 25.5 * (f % 2));
    expect(flowWarpError(jumping, flow)).toBeCloseTo(0.01, 3);
    const frozen = pan.map(() => pan[0]!);
    expect(flowWarpError(frozen, flow)!).toBeGreaterThan(100 * flowWarpError(pan, flow)!);
  });

  test("counts pixels by the weight of the first frame of a pair", () => {
    const half = [moved(0), { ...moved(0), data: moved(0).data.map((v, k) => (k % 192 < 96 ? v + 51 : v)) }];
    expect(flowWarpError(half, still(1))).toBeCloseTo(0.02, 9);
    expect(flowWarpError(half, still(1), (_, i) => Number(i % 64 < 32))).toBeCloseTo(0.04, 9);
    expect(flowWarpError(half, still(1), (_, i) => Number(i % 64 >= 32))).toBe(0);
    expect(flowWarpError(half, still(1), (f) => f)).toBeNull();
  });
});

describe("flicker", () => {
  test("is the mean distance from the middle of both neighbours", () => {
    const clip = [moved(0), moved(0, 12), moved(0), moved(0)];
    // Frame 1: 12, frame 2: 6.
    expect(flicker(pan, clip, still(3))!.edited).toBeCloseTo(9, 9);
  });

  test("a still clip has 0, and so has a steady change of light", async () => {
    const clip = [0, 1, 2].map(() => moved(0));
    expect(flicker(clip, clip, await clipFlow(clip))).toEqual({ source: 0, edited: 0, excess: 0 });
    const fade = [0, 1, 2].map((f) => moved(0, 5 * f));
    expect(flicker(clip, fade, still(2))).toEqual({ source: 0, edited: 0, excess: 0 });
  });

  test("is counted beyond the source's: none for the source and for a recolouring, all of a jump", () => {
    expect(flicker(pan, pan, flow)!.excess).toBe(0);
    expect(
      flicker(
        pan,
        each(pan, (value) => 255 - value),
        flow,
      )!.excess,
    ).toBeCloseTo(0, 4);
    const jumping = flicker(
      pan,
      each(pan, (value, f) => value + 10 * (f % 2)),
      flow,
    )!;
    expect(jumping.source).toBeLessThan(0.5);
    expect(jumping.edited).toBeCloseTo(10, 1);
    expect(jumping.excess).toBe(jumping.edited - jumping.source);
    const calmer = flicker(
      each(pan, (value, f) => value + 10 * (f % 2)),
      pan,
      flow,
    )!;
    expect(calmer.excess).toBeCloseTo(-jumping.excess, 9);
  });

  test("needs three frames and pixels that count", () => {
    expect(flicker(pan.slice(0, 2), pan.slice(0, 2), flow.slice(0, 1))).toBeNull();
    expect(flicker(pan, pan, flow, () => 0)).toBeNull();
  });
});
