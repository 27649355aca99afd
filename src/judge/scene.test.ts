import { expect, test } from "vitest";
import { loadModel } from "../pipeline/index.node.ts";
import { isForeign, unknownWords } from "./scene.ts";

const { checkpoint } = await loadModel("tinytown");
const { settings } = checkpoint;

test("tinytown knows its own sentences", () => {
  const own = "watercolor painting of a striped red duck on a checkered floor under a blue sky";
  expect(unknownWords(settings, own, "An orange Robot on a wooden floor, at night")).toEqual([]);
});

test("a word it does not know is named once, also inside a weight", () => {
  expect(unknownWords(settings, "a red jeep", "a red (jeep:1.5) in the countryside")).toEqual([
    "jeep",
    "in",
    "the",
    "countryside",
  ]);
});

test("a folder that says nothing knows every word and every scene", () => {
  expect(unknownWords(null, "a jeep")).toEqual([]);
  expect(unknownWords({ size: 512 }, "a jeep")).toEqual([]);
  expect(isForeign(null, 0)).toBe(false);
});

test("a clip below the scenes' fidelity is foreign", () => {
  expect(isForeign(settings, 28.3)).toBe(true);
  expect(isForeign(settings, 34.2)).toBe(false);
});
