import { describe, expect, test } from "vitest";
import { type FloatTensor, floatTensor, randomSource } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { applyColors, matchColors } from "./color-match.ts";
import type { EditResult } from "./finish-edit.ts";
import { fullSize, intoOriginals } from "./full-size.ts";
import { editArea, keepsOriginal, weightsOf, widened, withChanges } from "./full-size-mask.ts";
import type { Inversion } from "./inversion.ts";

const SIDE = 64;
/** Positions of the latents in a row. */
const CELLS = 8;

function picture(width: number, height: number, at: (x: number, y: number, c: number) => number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++)
    data[i] = at(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3);
  return { width, height, data };
}

const random = randomSource(7);
const noise = (width: number, height: number): Frame => picture(width, height, () => 80 + random.below(96));

/** An inversion of so many frames, of which nothing but their number is looked at here. */
const inversionOf = (frames: number, tokens = 0): Inversion =>
  ({
    latents: floatTensor([2, frames, 4, CELLS, CELLS]),
    steps: 1,
    wordMaps: { data: new Uint16Array(0), height: 0, width: 0, tokens },
  }) as unknown as Inversion;

/** A result with the mask of one step [F, h, w]. */
function resultOf(
  frames: readonly Frame[],
  hard: FloatTensor | null,
  more: Partial<EditResult> = {},
): EditResult {
  const masks = hard && {
    steps: [0],
    fixed: true,
    soft: hard,
    hard: floatTensor([1, ...hard.shape], hard.data),
    threshold: 0.3,
  };
  return {
    frames,
    hand: null,
    hasMask: hard !== null,
    preset: "attribute",
    plan: { mask: { sourceTokens: [], targetTokens: [] } },
    ...(masks ? { masks } : {}),
    ...more,
  } as unknown as EditResult;
}

/** The middle four positions of a frame. */
const middle = (frames: number): FloatTensor => {
  const mask = floatTensor([frames, CELLS, CELLS]);
  for (let f = 0; f < frames; f++)
    for (const y of [3, 4]) for (const x of [3, 4]) mask.data[(f * CELLS + y) * CELLS + x] = 1;
  return mask;
};

const pixelsThatDiffer = (a: Frame, b: Frame): [number, number][] => {
  const found: [number, number][] = [];
  for (let i = 0; i < a.width * a.height; i++)
    if ([0, 1, 2].some((c) => a.data[3 * i + c] !== b.data[3 * i + c]))
      found.push([i % a.width, Math.floor(i / a.width)]);
  return found;
};

async function all<T>(frames: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const frame of frames) list.push(frame);
  return list;
}

describe("the colours of what was kept", () => {
  const source = noise(32, 32);
  const drifted: Frame = {
    ...source,
    data: Float32Array.from(source.data, (value, i) => [0.9, 1.1, 1][i % 3]! * value + [12, -9, 5][i % 3]!),
  };

  test("are brought back by an affine map of each channel", () => {
    const match = matchColors(drifted, source, new Float32Array(1024).fill(1));
    expect(match[0].gain).toBeCloseTo(1 / 0.9, 1);
    expect(match[1].gain).toBeCloseTo(1 / 1.1, 1);
    const { data } = applyColors(drifted, match);
    const misses = Array.from(data, (value, i) => Math.abs(value - source.data[i]!));
    expect(Math.max(...misses)).toBeLessThan(2);
  });

  test("are not those of an edit that reaches beyond its mask", () => {
    const spoiled = Float32Array.from(drifted.data, (value, i) => (i % (32 * 3) < 24 ? 255 : value));
    const match = matchColors({ ...drifted, data: spoiled }, source, new Float32Array(1024).fill(1));
    expect(match[0].gain * 150 + match[0].offset).toBeCloseTo((150 - 12) / 0.9, -0.5);
  });

  test("stay as they are where next to nothing was kept", () => {
    for (const kept of [0, 1, 2]) {
      const few = new Float32Array(1024).fill(1, 0, kept);
      for (const { gain, offset } of matchColors(drifted, source, few)) {
        expect(Math.abs(gain * 128 + offset - 128)).toBeLessThan(2);
        expect(gain).toBeGreaterThan(0.9);
      }
    }
  });

  test("of one colour give a shift, and no gain", () => {
    const flat = picture(32, 32, () => 100);
    const lighter = picture(32, 32, () => 110);
    for (const { gain, offset } of matchColors(lighter, flat, new Float32Array(1024).fill(1))) {
      expect(gain).toBe(1);
      expect(offset).toBeCloseTo(-10, 0);
    }
  });
});

describe("an edit at the size of the originals", () => {
  const source = noise(SIDE, SIDE);
  const original = noise(256, 256);

  test("leaves the bits outside its mask, and is itself inside", () => {
    const edit = picture(SIDE, SIDE, (_x, _y, c) => (c === 2 ? 250 : 5));
    const at = intoOriginals(inversionOf(1), resultOf([edit], middle(1)), { matchColors: false });
    const result = at(0, original);
    const differing = pixelsThatDiffer(result, original);
    // 32 pixels a position: two of the mask, one around it, and half of one for the seam.
    for (const [x, y] of differing)
      for (const place of [x, y]) {
        expect(place).toBeGreaterThanOrEqual(48);
        expect(place).toBeLessThan(208);
      }
    expect(differing.length).toBeGreaterThan(96 * 96);
    const inside = 3 * (128 * 256 + 128);
    expect([...result.data.slice(inside, inside + 3)]).toEqual([5, 5, 250]);
  });

  test("maps back to where it was cut out", () => {
    const edit = picture(SIDE, SIDE, () => 0);
    const crop = { left: 100, right: 28, top: 20, bottom: 108 };
    const at = intoOriginals(inversionOf(1), resultOf([edit], null, { preset: "style" }), { crop });
    const result = at(0, original);
    for (const [x, y] of pixelsThatDiffer(result, original)) {
      expect(x).toBeGreaterThanOrEqual(100);
      expect(x).toBeLessThan(228);
      expect(y).toBeGreaterThanOrEqual(20);
      expect(y).toBeLessThan(148);
    }
    expect(result.data[3 * (84 * 256 + 164)]).toBe(0);
    // The rim has a seam.
    expect(result.data[3 * (84 * 256 + 100)]).toBeGreaterThan(0);
  });

  test("puts what was marked where it was marked", () => {
    // A mark in one position of the cut is enlarged around the same place of the original.
    const mask = floatTensor([1, CELLS, CELLS]);
    mask.data[2 * CELLS + 5] = 1;
    const edit = picture(SIDE, SIDE, () => 0);
    const crop = { left: 128 };
    const at = intoOriginals(inversionOf(1), resultOf([edit], mask), { crop, matchColors: false });
    const differing = pixelsThatDiffer(at(0, original), original);
    const mean = (k: 0 | 1): number => differing.reduce((sum, place) => sum + place[k], 0) / differing.length;
    expect(mean(0)).toBeCloseTo(128 + 5.5 * 16, -0.5);
    expect(mean(1)).toBeCloseTo(2.5 * 32, -0.5);
  });

  test("keeps to a person's mask, at the size of the originals", () => {
    const pixels = floatTensor([1, SIDE, SIDE]);
    for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = Number(i % SIDE < SIDE / 2);
    const edit = picture(SIDE, SIDE, () => 0);
    const own = resultOf([edit], middle(1));
    const hand = { mask: pixels, mode: "replace", protect: null } as const;
    const masks = { ...own.masks!, pixels, unpasted: [edit] };
    const result = intoOriginals(inversionOf(1), { ...own, hand, masks })(0, original);
    const differing = pixelsThatDiffer(result, original);
    expect(Math.max(...differing.map(([x]) => x))).toBeLessThan(128);
    expect(differing.length).toBeGreaterThan(100 * 256);
  });

  test("keeps to a person's masks to the pixel where they are drawn on the originals", () => {
    const edit = picture(SIDE, SIDE, () => 0);
    const drawn = (isWhite: (x: number) => boolean): FloatTensor =>
      floatTensor(
        [1, 256, 256],
        Float32Array.from({ length: 256 * 256 }, (_, i) => Number(isWhite(i % 256))),
      );
    const hand = { mask: drawn((x) => x < 131), mode: "replace", protect: drawn((x) => x === 90) } as const;
    const own = resultOf([edit], middle(1));
    // As the edit sees them, a quarter of a pixel is left of both.
    const pixels = floatTensor([1, SIDE, SIDE]);
    for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = Number(i % SIDE < 33) * 0.75;
    const masks = { ...own.masks!, pixels, unpasted: [edit] };
    const result = intoOriginals(inversionOf(1), { ...own, hand, masks })(0, original);
    const columns = new Set(pixelsThatDiffer(result, original).map(([x]) => x));
    expect(columns.has(90)).toBe(false);
    expect([...columns].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 131 }, (_, x) => x).filter((x) => x !== 90),
    );
  });

  test("reads the originals one by one, and wants as many as were edited", async () => {
    const edits = [source, source];
    const result = resultOf(edits, middle(2));
    const [first, second] = await all(fullSize(inversionOf(2), result, [original, original]));
    expect(first).toMatchObject({ width: 256, height: 256 });
    expect(Buffer.compare(second!.data, first!.data)).toBe(0);
    for (const originals of [[original], [original, original, original]])
      await expect(all(fullSize(inversionOf(2), result, originals))).rejects.toMatchObject({
        code: "bad-argument",
      });
  });
});

describe("where an edit is", () => {
  test("is everywhere without a mask and a thing, and told before", () => {
    const style = resultOf([], null, { preset: "style" });
    expect(editArea(inversionOf(1), style)).toMatchObject({ cells: null, limit: null });
    expect(keepsOriginal(style)).toBe(false);
    expect(keepsOriginal(resultOf([], middle(1)))).toBe(true);
    const ofThing = { plan: { mask: { sourceTokens: [2], targetTokens: [] } } } as unknown as EditResult;
    expect(keepsOriginal(resultOf([], null, ofThing))).toBe(true);
  });

  test("reaches as far as the change that touches its mask, but not to another", () => {
    const source = picture(SIDE, SIDE, () => 100);
    // A bar to the right of the mask, and a patch that nothing leads to.
    const edited = picture(SIDE, SIDE, (x, y) =>
      (y >= 24 && y < 32 && x >= 40) || (x < 8 && y < 8) ? 200 : 100,
    );
    const grown = withChanges(middle(1), edited, source);
    const row = [...grown.data.slice(3 * CELLS, 4 * CELLS)];
    expect(row).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
    expect(grown.data[0]).toBe(0);
  });

  test("has weights that rise from nothing to all", () => {
    const weights = weightsOf(widened(middle(1)), { width: 80, height: 80 });
    expect(weights[0]).toBe(0);
    expect(weights[40 * 80 + 40]).toBe(1);
    const row = weights.slice(40 * 80, 40 * 80 + 40);
    for (let i = 1; i < row.length; i++) expect(row[i]!).toBeGreaterThanOrEqual(row[i - 1]!);
    expect(row.filter((value) => value > 0 && value < 1).length).toBeGreaterThan(5);
  });
});
