import { describe, expect, it } from "vitest";
import { atStrength, PRESET_NAMES, presetFor } from "./presets.ts";

describe("presets", () => {
  it("are the paper's where a model folder has none of its own", () => {
    expect(presetFor("style", null)).toMatchObject({
      selfSteps: 0.8,
      crossSteps: 0.7,
      maskThreshold: 1,
      guidance: 7.5,
    });
    expect(presetFor("shape", null)).toMatchObject({ selfSteps: 0.5, crossSteps: 0.5, maskThreshold: 0.3 });
    for (const name of PRESET_NAMES) expect(presetFor(name, null).maskFrom).toBe("attention");
  });

  it("take single values from the model folder", () => {
    const settings = { presets: { shape: { guidance: 3, latentBlend: true } } };
    expect(presetFor("shape", settings)).toMatchObject({ guidance: 3, latentBlend: true, selfSteps: 0.5 });
    expect(presetFor("style", settings)).toEqual(presetFor("style", null));
  });
});

describe("strength", () => {
  const preset = presetFor("shape", null);

  it("is the preset at 0.5, hardly anything at 0, and moves every knob towards more at 1", () => {
    expect(atStrength(preset, 0.5)).toEqual(preset);
    expect(atStrength(preset, 0)).toMatchObject({ selfSteps: 1, crossSteps: 1, guidance: 1 });
    const most = atStrength(preset, 1);
    expect(most.selfSteps).toBeLessThan(preset.selfSteps);
    expect(most.crossSteps).toBeLessThan(preset.crossSteps);
    expect(most.guidance).toBeGreaterThan(preset.guidance);
    expect(most.maskThreshold).toBeLessThan(preset.maskThreshold);
  });

  it("moves all knobs in one direction", () => {
    const shares = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map((strength) => atStrength(preset, strength));
    for (const [i, now] of shares.slice(1).entries()) {
      expect(now.selfSteps).toBeLessThanOrEqual(shares[i]!.selfSteps);
      expect(now.crossSteps).toBeLessThanOrEqual(shares[i]!.crossSteps);
      expect(now.guidance).toBeGreaterThanOrEqual(shares[i]!.guidance);
    }
  });

  it("has numbers as a person would write them", () => {
    expect(atStrength(presetFor("shape", null), 0.9)).toMatchObject({
      selfSteps: 0.2,
      crossSteps: 0.2,
      maskThreshold: 0.18,
      guidance: 11.1,
    });
    for (let percent = 0; percent <= 100; percent++) {
      const { selfSteps, crossSteps, guidance, maskThreshold } = atStrength(preset, percent / 100);
      for (const value of [selfSteps, crossSteps, guidance, maskThreshold])
        expect(String(value)).toMatch(/^\d+(\.\d{1,3})?$/);
    }
  });

  it("leaves an edit without a mask without one", () => {
    expect(atStrength(presetFor("style", null), 1).maskThreshold).toBe(1);
  });
});
