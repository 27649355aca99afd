import { describe, expect, test } from "vitest";
import type { EditRequest } from "../../request/index.ts";
import { pathsOf, pathWith, placedEdits } from "./places.ts";
import { variantsOf } from "./variants.ts";

const BLUE = "a blue car on a road";
const GREEN = "a green car on a road";
const base = { input: "car.mp4", source: "a red car on a road", out: "out.mp4" };

const outsOf = (request: EditRequest): string[] => placedEdits(request).edits.map((edit) => edit.request.out);

describe("the edits of a request", () => {
  test("are one as it was asked for, with its own path, and no picture beside it", () => {
    const asked = { ...base, target: BLUE, compare: "both.gif" };
    const { edits, sheet } = placedEdits(asked);
    expect(sheet).toBeNull();
    expect(edits.map(({ request, frames }) => ({ request, frames }))).toEqual([
      { request: asked, frames: null },
    ]);
    expect(outsOf({ ...base, target: [BLUE] })).toEqual(["out.mp4"]);
    expect(outsOf({ ...base, enhance: true })).toEqual(["out.mp4"]);
  });

  test("are a target each, in their order, with the values of sweeps, the last one first to change", () => {
    const request: EditRequest = {
      ...{ ...base, target: [BLUE, GREEN] },
      sweep: [
        { field: "selfSteps", values: [0.2, [0.1, 0.5]] },
        { field: "guidance", values: [1, 5] },
      ],
    };
    const all = variantsOf(request);
    expect(all).toHaveLength(8);
    expect(all.map(({ request: { target, selfSteps, guidance } }) => [target, selfSteps, guidance])).toEqual(
      [BLUE, GREEN].flatMap((target) => [
        [target, 0.2, 1],
        [target, 0.2, 5],
        [target, [0.1, 0.5], 1],
        [target, [0.1, 0.5], 5],
      ]),
    );
    expect(all[3]!.swept).toEqual([
      { name: "self-steps", value: "0.1-0.5" },
      { name: "guidance", value: "5" },
    ]);
    for (const { request: own } of all) expect(own).not.toHaveProperty("sweep");
    expect(outsOf(request)[7]).toBe("out-8-green-self-steps-0.1-0.5-guidance-5.mp4");
  });

  test("are named by the words that no other target has", () => {
    expect(outsOf({ ...base, target: [BLUE, `watercolor painting of ${BLUE}`] })).toEqual([
      // It has no word of its own.
      "out-1-a-blue-car-on-a-road.mp4",
      "out-2-watercolor-painting-of.mp4",
    ]);
    // Both have a blue sky.
    const sky = (colour: string): string => `a ${colour} car under a blue sky`;
    expect(outsOf({ ...base, target: [sky("blue"), sky("green"), "a red car at sunset"] })).toEqual([
      "out-1-blue.mp4",
      "out-2-green.mp4",
      "out-3-red-at-sunset.mp4",
    ]);
    const many = Array.from({ length: 10 }, (_, i) => `a car number ${"abcdefghij"[i]}`);
    expect(outsOf({ ...base, target: many })[9]).toBe("out-10-j.mp4");
    expect(outsOf({ ...base, target: many })[0]).toBe("out-01-a.mp4");
  });

  test("have paths of their own for all that is written", () => {
    const asked = {
      ...{
        ...base,
        target: [BLUE, GREEN],
        compare: "both.gif",
        saveMaps: "maps/",
        saveLatents: "l.safetensors",
      },
    };
    const placed = placedEdits(asked);
    expect(placed.sheet).toBe("out-contact-sheet.png");
    expect(pathsOf(placed)).toEqual([
      ...["out-1-blue.mp4", "maps-1-blue/", "both-1-blue.gif", "l-1-blue.safetensors"],
      ...["out-2-green.mp4", "maps-2-green/", "both-2-green.gif", "l-2-green.safetensors"],
      "out-contact-sheet.png",
    ]);
    expect(pathsOf(placedEdits({ ...base, target: [BLUE, GREEN], out: "all/" }))).toEqual([
      ...["all/1-blue.mp4", "all/1-blue/", "all/2-green.mp4", "all/2-green/", "all/contact-sheet.png"],
    ]);
  });

  test("are no more than a command makes, and no knob is both set and swept", () => {
    const values = Array.from({ length: 9 }, (_, i) => i / 10);
    const sweep = [
      { field: "selfSteps", values },
      { field: "crossSteps", values },
    ] as const;
    expect(() => variantsOf({ ...base, target: BLUE, sweep })).toThrow(
      "9 values of self-steps times 9 values of cross-steps are 81 edits, and one command makes at most 64.",
    );
    expect(() => variantsOf({ ...base, target: Array.from({ length: 65 }, (_, i) => `${i}`) })).toThrow(
      "65 targets are 65 edits",
    );
    expect(() => variantsOf({ ...base, target: BLUE, selfSteps: 0.2, sweep: [sweep[0]] })).toThrow(
      "selfSteps would have no effect: sweep gives it one value after the other.",
    );
  });
});

test.each([
  ["blue.mp4", "blue-x.mp4"],
  ["a.b/blue", "a.b/blue-x"],
  ["maps/", "maps-x/"],
  ["a/b.c/", "a/b-x.c/"],
])("%s with an addition is %s", (path, expected) => {
  expect(pathWith(path, "x")).toBe(expected);
});
