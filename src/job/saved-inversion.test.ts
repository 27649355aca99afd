import { expect, test } from "vitest";
import type { Inversion } from "../edit/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { checkSavedInversion } from "./effects.ts";

const inversion: Inversion = {
  prompt: "a red car",
  ids: [],
  steps: 50,
  fps: 8,
  settings: { attend: { frames: [0, "mid"] }, groupNorm: "frame", compat: null },
  size: { width: 128, height: 128 },
  model: { name: "tinytown", fingerprint: "" },
  latents: floatTensor([51, 1, 1, 1, 1]),
  wordMaps: { data: new Uint16Array(0), height: 0, width: 0, tokens: 0 },
};
const check = (options: Parameters<typeof checkSavedInversion>[1]) => () =>
  checkSavedInversion({ path: "car.safetensors", inversion }, options);

test("options that chose its frames would have no effect", () => {
  expect(check({ frames: 8, size: 256 })).toThrow("frames and size would have no effect");
  for (const key of ["start", "stride", "fps"])
    expect(check({ [key]: 1 })).toThrow(`${key} would have no effect`);
});

test("windows must be those that it was made in", () => {
  expect(check({ window: "auto" })).not.toThrow();
  expect(check({ window: "off" })).not.toThrow();
  const window = { frames: 8, overlap: 2 };
  expect(check({ window })).toThrow("window 8:2 does not fit");
  const settings = { ...inversion.settings, window };
  const checkOf = (asked: Parameters<typeof checkSavedInversion>[1]) => () =>
    checkSavedInversion({ path: "car.safetensors", inversion: { ...inversion, settings } }, asked);
  expect(checkOf({ window })).not.toThrow();
  expect(checkOf({})).not.toThrow();
  expect(checkOf({ window: "off" })).toThrow("was made with 8:2");
});

test("options that say how it was made must say the same", () => {
  expect(check({ source: "a red car", steps: 50, attend: [0, "mid"] })).not.toThrow();
  expect(check({ source: "a red bus" })).toThrow('was made with the prompt "a red car"');
  expect(check({ steps: 10 })).toThrow("steps 10 does not fit");
  expect(check({ attend: ["mid"] })).toThrow("was made with 0,mid");
  expect(check({ compat: "fatezero" })).toThrow("was made with no compat");
});
