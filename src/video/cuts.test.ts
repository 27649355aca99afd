import { beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { paint, type Texture, wavyTexture } from "../../test/support/moving-pictures.ts";
import { findCuts } from "./cuts.ts";
import { readVideo } from "./index.node.ts";
import type { Frame } from "./types.ts";

const NAMES = ["car-road", "duck-water", "house-grass", "snowman-snow"] as const;
const clips = new Map<string, readonly Frame[]>();
beforeAll(async () => {
  for (const name of NAMES)
    clips.set(name, (await readVideo(inRepository(`test/clips/${name}/source`), {})).frames);
});
const clip = (name: (typeof NAMES)[number]): readonly Frame[] => clips.get(name)!;

/** A frame between two, or of light that goes: a·(1 − share) + b·share. */
function between(a: Frame, b: Frame | null, share: number): Frame {
  const data = a.data.map((value, i) => Math.round(value * (1 - share) + (b?.data[i] ?? 0) * share));
  return { ...a, data };
}

const WALL = [1, 2, 3].map(wavyTexture);

/** Frames that a camera sees which goes over a wide textured wall at so many pixels a frame, fastest in the middle. */
function pan(count: number, speed: (frame: number) => number): Frame[] {
  let left = 0;
  return Array.from({ length: count }, (_, f) => {
    left += speed(f);
    const from = left;
    return paint(
      64,
      64,
      ...WALL.map(
        (texture): Texture =>
          (x, y) =>
            texture(from + x, y),
      ),
    );
  });
}

describe("cuts", () => {
  it("are found where two clips are joined, and nowhere within one", () => {
    for (const a of NAMES) {
      expect(findCuts(clip(a)), a).toEqual([]);
      for (const b of NAMES)
        if (a !== b) expect(findCuts([...clip(a), ...clip(b)]), `${a}, ${b}`).toEqual([8]);
    }
  });

  it("are found several times, with short scenes and at the ends", () => {
    const [a, b, c] = NAMES.map(clip) as [readonly Frame[], readonly Frame[], readonly Frame[]];
    expect(findCuts([...a, ...b.slice(0, 3), ...c, ...a])).toEqual([8, 11, 19]);
    expect(findCuts([...a, b[0]!])).toEqual([8]);
    expect(findCuts([b[0]!, ...a])).toEqual([1]);
    // Of two frames nobody can tell.
    expect(findCuts([a[0]!, b[0]!])).toEqual([]);
    expect(findCuts([a[0]!])).toEqual([]);
  });

  it("are found at any size and aspect, in floats as in bytes", () => {
    const small = [...clip("car-road"), ...clip("duck-water")].map(({ data }) => {
      const rows = Float32Array.from(data.subarray(128 * 3 * 60, 128 * 3 * 69));
      return { width: 128, height: 9, data: rows };
    });
    expect(findCuts(small)).toEqual([8]);
    const dots = [0, 0, 0, 200, 200, 200].map((grey) => ({
      width: 1,
      height: 1,
      data: new Uint8Array(3).fill(grey),
    }));
    expect(findCuts(dots)).toEqual([3]);
  });

  it.each([2, 3, 4, 8, 16])(
    "are not taken from a dissolve of %i frames, or a fade to black and back",
    (length) => {
      const [a, b] = [clip("car-road"), clip("duck-water")];
      // The middle of a dissolve of two frames lies between them.
      const shares = Array.from({ length: length - 1 }, (_, i) => (i + 1) / length);
      expect(findCuts([...a, ...shares.map((s) => between(a[7]!, b[0]!, s)), ...b])).toEqual([]);
      const out = shares.map((s) => between(a[7]!, null, s));
      expect(findCuts([...a, ...out, ...out.toReversed(), ...a.toReversed()])).toEqual([]);
    },
  );

  it("are not taken from a flash", () => {
    const frames = clip("car-road");
    const flash = { ...frames[3]!, data: new Uint8Array(frames[3]!.data.length).fill(255) };
    expect(findCuts([...frames.slice(0, 4), flash, ...frames.slice(4)])).toEqual([]);
    // One that goes out slowly.
    const glow = [0.9, 0.3, 0.1].map((share, i) => between(frames[4 + i]!, flash, share));
    expect(findCuts([...frames.slice(0, 4), ...glow, ...frames.slice(7), ...frames])).toEqual([]);
  });

  it.each<[string, (frame: number) => number]>([
    ["slow", () => 1],
    ["fast", () => 14],
    ["sudden", (f) => (f === 6 ? 15 : 0)],
    ["whip", (f) => (f >= 5 && f < 9 ? 30 : 1)],
    ["growing", (f) => f * 2],
  ])("are not taken from a %s pan", (_, speed) => {
    expect(findCuts(pan(14, speed))).toEqual([]);
  });

  it("are not taken from every fourth frame of a moving clip, and found there", async () => {
    const { frames } = await readVideo(inRepository("examples/car.mp4"), { stride: 4 });
    expect(findCuts(frames)).toEqual([]);
    expect(findCuts([...frames, ...clip("snowman-snow").filter((_, i) => i % 4 === 0)])).toEqual([4]);
  });
});
