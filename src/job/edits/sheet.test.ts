import { expect, test } from "vitest";
import type { EditRequest } from "../../request/index.ts";
import type { Frame } from "../../video/index.ts";
import { placedEdits } from "./places.ts";
import { drawEdits, tilesFor } from "./sheet.ts";

const SIDE = 144;
const frame = (red: number, green: number): Frame => ({
  ...{ width: SIDE, height: SIDE },
  data: new Uint8Array(SIDE * SIDE * 3).map((_, i) => [red, green, 7][i % 3]!),
});
/** The three frames of an edit, of one colour each. */
const clipOf = (edit: number): Frame[] => [0, 1, 2].map((f) => frame(200 + edit, 100 + f));
const base = { input: "car.mp4", source: "a red car", out: "out.mp4" };

/** Upper left corners of the tiles of a picture, by their two colours; each must be whole. */
function tilesIn({ data, width, height }: Frame): Map<string, { x: number; y: number }> {
  const tiles = new Map<string, { x: number; y: number; pixels: number }>();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = data.subarray((y * width + x) * 3);
      if (blue !== 7) continue;
      const key = `${red! - 200}.${green! - 100}`;
      const known = tiles.get(key);
      if (known) known.pixels++;
      else tiles.set(key, { x, y, pixels: 1 });
    }
  return new Map(
    [...tiles].map(([key, { x, y, pixels }]) => {
      expect(pixels, key).toBe(SIDE * SIDE);
      return [key, { x, y }];
    }),
  );
}

function drawn(request: EditRequest, failed: number | null = null) {
  const { edits } = placedEdits(request);
  const results = edits.map((_, i) => (i === failed ? null : tilesFor(edits, clipOf(i + 1))));
  const shown = { title: "2 steps", sourcePrompt: base.source, source: clipOf(0), edits, results };
  return tilesIn(drawEdits(shown));
}

/** Where tiles stand, as numbers of rows and columns. */
function placesOf(tiles: ReturnType<typeof tilesIn>): Record<string, string> {
  const rank = (all: number[], value: number): number =>
    [...new Set(all)].sort((a, b) => a - b).indexOf(value);
  const places = [...tiles.values()];
  return Object.fromEntries(
    [...tiles].map(([key, { x, y }]) => {
      const row = rank(
        places.map((place) => place.y),
        y,
      );
      const column = rank(
        places.map((place) => place.x),
        x,
      );
      return [key, `${row},${column}`];
    }),
  );
}

test("targets have a row each with all their frames, below the source", () => {
  const tiles = drawn({ ...base, target: ["a blue car", "a green car"] });
  expect(placesOf(tiles)).toEqual(
    Object.fromEntries([0, 1, 2].flatMap((edit) => [0, 1, 2].map((f) => [`${edit}.${f}`, `${edit},${f}`]))),
  );
});

test("values of one sweep have a row each; one that failed has none of its tiles", () => {
  const sweep = [{ field: "selfSteps", values: [0.2, 0.5, 0.8] }] as const;
  const places = placesOf(drawn({ ...base, target: "a blue car", sweep }, 1));
  expect(Object.keys(places).filter((key) => key.startsWith("2."))).toEqual([]);
  expect(places).toMatchObject({ "0.0": "0,0", "1.2": "1,2", "3.1": "2,1" });
});

test("two sweeps make a grid: rows of the first, columns of the second, the middle frame of each", () => {
  const sweep = [
    { field: "selfSteps", values: [0.2, 0.8] },
    { field: "guidance", values: [1, 3, 5] },
  ] as const;
  const places = placesOf(drawn({ ...base, target: "a blue car", sweep }));
  expect(places).toEqual({
    ...{ "0.1": "0,0", "1.1": "1,0", "2.1": "1,1", "3.1": "1,2" },
    ...{ "4.1": "2,0", "5.1": "2,1", "6.1": "2,2" },
  });
});

test("targets and a sweep make a grid too, and a failed edit leaves its place free", () => {
  const sweep = [{ field: "strength", values: [0.2, 0.8] }] as const;
  const places = placesOf(drawn({ ...base, target: ["a blue car", "a green car"], sweep }, 2));
  expect(places).toEqual({ "0.1": "0,0", "1.1": "1,0", "2.1": "1,1", "4.1": "2,1" });
});

test("two targets with two sweeps are rows of target and first value", () => {
  const sweep = [
    { field: "strength", values: [0.2, 0.8] },
    { field: "align", values: ["refine", "replace"] },
  ] as const;
  const places = placesOf(drawn({ ...base, target: ["a blue car", "a green car"], sweep }));
  expect(places["8.1"]).toBe("4,1");
  expect(places["5.1"]).toBe("3,0");
});
