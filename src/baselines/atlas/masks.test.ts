import { expect, it } from "vitest";
import { floatTensor } from "../../tensor/index.ts";
import { masksOf } from "./masks.ts";

const SIZE = { frames: 2, width: 4, height: 2 };

it("takes soft maps of any resolution, and pictures", () => {
  const maps = floatTensor([2, 1, 2], Float32Array.of(0, 1, 0.5, 0.5));
  const [first, second] = masksOf(maps, SIZE)!;
  expect([...first!]).toBeAllclose([0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1], { absolute: 1e-6 });
  expect([...second!]).toBeAllclose(Array(8).fill(0.5), { absolute: 1e-6 });
  const picture = { width: 4, height: 2, data: new Uint8Array(24).fill(255, 12) };
  expect([...masksOf([picture, picture], SIZE)![0]!]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(masksOf(undefined, SIZE)).toBeNull();
});

it("refuses one that has not a mask for each frame", () => {
  expect(() => masksOf(floatTensor([3, 1, 1]), SIZE)).toThrow("has 3 frames, but the clip has 2");
  expect(() => masksOf(floatTensor([4, 2]), SIZE)).toThrow("no tensor [frames, height, width]");
});
