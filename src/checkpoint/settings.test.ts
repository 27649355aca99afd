import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

const ALL = {
  size: 128,
  version: 2,
  earlier: { "1": "90c991b02dd84852e04b5e7fa9d28a5e" },
  words: ["a", "car"],
  captions: { form: "a|an {colour} {object}", words: { object: ["car"], colour: ["", "red"] } },
  sceneFidelity: 31.5,
  selfTest: { text: [-0.0016, 1.0145] },
  wordMapLayers: ["up_blocks.1"],
  presets: { style: { selfSteps: 0.8, maskFrom: "difference", latentBlend: true } },
};

describe("a model's settings", () => {
  it("are what stands in fatezero.json, of which every entry may be absent", () => {
    expect(readSettings(ALL, "fatezero.json")).toEqual(ALL);
    expect(readSettings({}, "fatezero.json")).toEqual({});
    expect(readSettings({ license: "CC0" }, "fatezero.json")).toEqual({ license: "CC0" });
    const presets = { style: { guidance: 5 } };
    expect(
      readSettings({ presets: { style: { ...presets.style, note: "strong" } } }, "fatezero.json"),
    ).toEqual({ presets });
  });

  it.each([
    ["size", "large"],
    ["size", 0],
    ["version", "2"],
    ["earlier", { one: "90c9" }],
    ["words", "a car"],
    ["captions", "a car"],
    ["captions", { form: "a {colour} car" }],
    ["captions", { form: "a {colour} car", words: { object: ["car"] } }],
    ["captions", { form: "a {colour} {colour}", words: { colour: ["red"] } }],
    ["captions", { form: "a {colour}", words: { colour: [] } }],
    ["sceneFidelity", "high"],
    ["selfTest", { text: [1] }],
    ["wordMapLayers", "up_blocks.1"],
    ["presets", { style: 0.5 }],
  ])("name a %s of %j", (key, value) => {
    expect(() => readSettings({ ...ALL, [key]: value }, "fatezero.json")).toThrow(
      expect.objectContaining({
        code: "model-settings",
        message: expect.stringContaining(`has ${JSON.stringify(value)} for ${key}.`),
      }),
    );
  });

  it.each([
    ["selfSteps", "much"],
    ["guidance", -1],
    ["maskFrom", "dreams"],
    ["latentBlend", 1],
  ])("name a %s of %s in a preset", (key, value) => {
    expect(() => readSettings({ presets: { style: { [key]: value } } }, "fatezero.json")).toThrow(
      `presets.style.${key}`,
    );
  });
});
