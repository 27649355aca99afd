import { expect, test } from "vitest";
import { paint } from "../../test/support/moving-pictures.ts";
import { floatTensor } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { measureByFrame, scoreByFrame } from "./by-frame.ts";
import type { ClipFlow } from "./flow/clip-flow.ts";
import { type MeasuredClips, measureClips } from "./measure-edit.ts";
import { scoreEmbedded } from "./score-with-clip.ts";

const SIZE = 32;
const grey = (left: number, right: number): Frame => paint(SIZE, SIZE, (x) => (x < SIZE / 2 ? left : right));
const none = { width: SIZE, height: SIZE, u: new Float32Array(SIZE ** 2), v: new Float32Array(SIZE ** 2) };
const all = new Uint8Array(SIZE ** 2).fill(1);
/** Nothing moves, all is seen. */
const still: ClipFlow = [0, 1, 2].map(() => ({
  ...{ forward: none, backward: none, seenAfter: all, seenBefore: all },
}));
const source = [0, 1, 2, 3].map(() => grey(100, 100));
/** The left half is the mask. */
const clips: MeasuredClips = {
  ...{ source, flow: still, bound: null, truth: source },
  mask: (_, i) => Number(i % SIZE < SIZE / 2),
  edited: [grey(200, 100), grey(200, 110), grey(200, 100), grey(200, 100)],
};

test("each frame is measured by itself, inside and outside the mask", () => {
  const { frames } = measureByFrame(clips);
  const kept = 20 * Math.log10(255 / 10);
  expect(frames.map(({ kept }) => kept!.psnr)).toEqual([
    Number.POSITIVE_INFINITY,
    expect.closeTo(kept, 9),
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
  expect(frames.map(({ kept }) => kept!.drift!.mean > 1)).toEqual([false, true, false, false]);
  for (const { inside, truth, maskIou } of frames) {
    expect(inside!.psnr).toBeCloseTo(20 * Math.log10(255 / 100), 9);
    expect(truth!.changed!.psnr).toBeCloseTo(20 * Math.log10(255 / 100), 9);
    expect(maskIou).toBe(1);
  }
  const [first, second] = frames;
  expect(first!.whole.psnr!).toBeGreaterThan(second!.whole.psnr!);
});

test("a weight of the clip is that of its own frame", () => {
  const late = { ...clips, mask: (f: number) => Number(f === 1) };
  const { frames } = measureByFrame(late);
  expect(frames.map(({ kept }) => kept === null || kept.psnr === null)).toEqual([false, true, false, false]);
});

test("pairs and threes tell where it jumps, and their mean is the clip's", () => {
  const { warpError, flicker } = measureByFrame(clips);
  const error = (10 / 255) ** 2 / 2;
  expect(warpError.map(({ edited }) => edited)).toEqual([
    expect.closeTo(error, 9),
    expect.closeTo(error, 9),
    0,
  ]);
  expect(warpError.map(({ source }) => source)).toEqual([0, 0, 0]);
  expect(flicker.map(({ edited }) => edited)).toEqual([expect.closeTo(5, 9), expect.closeTo(2.5, 9)]);
  const whole = measureClips(clips);
  expect(whole.warpError!.edited).toBeCloseTo((2 * error) / 3, 9);
  expect(whole.flicker!.edited).toBeCloseTo(3.75, 9);
});

test("one frame has no pairs", () => {
  const one = {
    ...clips,
    source: source.slice(0, 1),
    edited: clips.edited.slice(0, 1),
    truth: null,
    flow: [],
  };
  const { frames, warpError, flicker } = measureByFrame({ ...one, mask: null });
  expect([frames.length, warpError, flicker]).toEqual([1, [], []]);
  expect(frames[0]).toMatchObject({ kept: null, inside: null, truth: null, maskIou: null });
});

test("scores of frames and pairs are what the clip's are means of", () => {
  const row = (...values: number[]) => ({
    ...floatTensor([values.length / 2, 2]),
    data: Float32Array.from(values),
  });
  const edit = {
    ...{ before: row(1, 0, 1, 0, 1, 0), after: row(1, 0, 0.6, 0.8, 0, 1) },
    ...{ from: row(1, 0), to: row(0, 1) },
  };
  const { text, temporalConsistency } = scoreByFrame(edit);
  expect(text.map(({ target }) => target)).toEqual([0, 0.8, 1].map((value) => expect.closeTo(value, 6)));
  expect(text.map(({ source }) => source)).toEqual([1, 0.6, 0].map((value) => expect.closeTo(value, 6)));
  expect(temporalConsistency.map(({ edited }) => edited)).toEqual(
    [0.6, 0.8].map((v) => expect.closeTo(v, 6)),
  );
  expect(temporalConsistency.map(({ source }) => source)).toEqual([1, 1]);
  const whole = scoreEmbedded(edit);
  expect(whole.textScore).toBeCloseTo(0.6, 6);
  expect(whole.temporalConsistency).toBeCloseTo(0.7, 6);
});
