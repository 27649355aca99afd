import { describe, expect, it } from "vitest";
import { paint, wavyTexture } from "../../../test/support/moving-pictures.ts";
import { psnr } from "../../metrics/index.ts";
import type { Frame } from "../../video/index.ts";
import type { Atlas } from "./fit.ts";
import { resolveAtlas } from "./options.ts";
import { propagate } from "./propagate.ts";
import type { SeenFrame } from "./render.ts";

const SIZE = 48;
const FRAMES = 4;
const [behind, square, stripes] = [wavyTexture(3), wavyTexture(5), wavyTexture(9)];
/** The square's left and upper edge in a frame, and how far the ground has moved. */
const edge = (t: number): number => 8 + 5 * t;
const ground = (t: number): number => -2 * t;
const inside = (x: number, y: number, t: number): boolean =>
  x >= edge(t) && x < edge(t) + 16 && y >= 16 && y < 32;

/** The clip, its square with other colours, or its ground. */
function frameAt(t: number, look: "source" | "object" | "ground" = "source"): Frame {
  const channel = (c: number) => (x: number, y: number) => {
    if (inside(x, y, t)) {
      const own = square(x - edge(t), y - 16);
      return look === "object" ? 255 - own * (c === 0 ? 1 : 0.5) : own;
    }
    const own = behind(x - ground(t), y);
    return look === "ground" ? 0.5 * own + 0.5 * stripes(x - ground(t), y) : own;
  };
  return paint(SIZE, SIZE, channel(0), channel(1), channel(2));
}

/** What networks that fit perfectly would say. */
function seenAt(t: number): SeenFrame {
  const size = SIZE * SIZE;
  const place = (shift: number) =>
    Float32Array.from({ length: 2 * size }, (_, k) => {
      const i = Math.floor(k / 2);
      const pixel = k % 2 === 0 ? (i % SIZE) - shift : Math.floor(i / SIZE);
      return 0.6 * (pixel / (SIZE / 2) - 1);
    });
  const alpha = Float32Array.from({ length: size }, (_, i) =>
    Number(inside(i % SIZE, Math.floor(i / SIZE), t)),
  );
  const colors = Float32Array.from(frameAt(t).data, (value) => value / 255);
  return { foreground: place(edge(t)), background: place(ground(t)), alpha, colors };
}

const times = Array.from({ length: FRAMES }, (_, t) => t);
const frames = times.map((t) => frameAt(t));
const atlas: Atlas = {
  settings: resolveAtlas({}, { frames: FRAMES, side: SIZE }),
  frames,
  reconstruction: frames,
  pictures: { foreground: frames[0]!, background: frames[0]! },
  losses: [],
  side: 2 * Math.ceil(SIZE / 0.6),
  seen: times.map(seenAt),
};

describe("an edit of a key frame", () => {
  it("moves with the object", () => {
    const truth = times.map((t) => frameAt(t, "object"));
    const edited = propagate(atlas, 1, truth[1]!);
    expect(psnr(frames, truth)!).toBeLessThan(20);
    for (const t of times) expect(psnr([edited[t]!], [truth[t]!])!).toBeGreaterThan(30);
  });

  it("moves with the ground, whatever is before it, and leaves the object", () => {
    const truth = times.map((t) => frameAt(t, "ground"));
    const edited = propagate(atlas, 1, truth[1]!);
    const known = (f: number, i: number): number => {
      const x = i % SIZE;
      const y = Math.floor(i / SIZE);
      // What the key frame shows of the ground: not what is outside of it, nor what lies behind its square.
      const there = x - ground(f) + ground(1);
      return Number(there >= 0 && there < SIZE && !inside(x, y, f) && !inside(there, y, 1));
    };
    expect(psnr(edited, truth, known)!).toBeGreaterThan(30);
    const object = (f: number, i: number) => Number(inside(i % SIZE, Math.floor(i / SIZE), f));
    expect(psnr(edited, frames, object)!).toBeGreaterThan(40);
  });

  it("that changes nothing gives the source, byte by byte", () => {
    expect(propagate(atlas, 2, frames[2]!)).toEqual(frames);
  });

  it("must be of one of the frames, and of their size", () => {
    expect(() => propagate(atlas, 4, frames[0]!)).toThrow("The key frame is 4.");
    expect(() => propagate(atlas, 0, paint(8, 8, behind))).toThrow("has 8x8 pixels, but the clip has 48x48");
  });
});
