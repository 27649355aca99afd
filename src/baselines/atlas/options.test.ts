import { describe, expect, it } from "vitest";
import { floatTensor } from "../../tensor/index.ts";
import { ATLAS_WEIGHTS, type AtlasOptions, PAPER_ATLAS } from "./index.ts";
import { initialWeights, networksOf } from "./networks.ts";
import { resolveAtlas } from "./options.ts";

const CLIP = { frames: 8, side: 128 };
const mask = floatTensor([1, 1, 1]);

describe("an atlas' options", () => {
  it("can be the paper's, down to the shapes of its networks", () => {
    const settings = resolveAtlas({ ...PAPER_ATLAS, mask }, { frames: 70, side: 768 });
    expect(settings.weights).toEqual(ATLAS_WEIGHTS);
    const shapes = [...initialWeights(networksOf(settings), 0)].map(([name, { shape }]): [string, string] => [
      name,
      shape.join("x"),
    ]);
    const of = new Map(shapes);
    expect(shapes.filter(([name]) => name.endsWith("weight")).length).toBe(6 + 4 + 8 + 8);
    expect([of.get("foreground/0/weight"), of.get("foreground/5/weight")]).toEqual(["256x3", "2x256"]);
    expect([of.get("alpha/0/weight"), of.get("alpha/7/weight")]).toEqual(["256x30", "1x256"]);
    // Ten frequencies of two coordinates, seen again by the fifth and the last layer.
    expect([of.get("atlas/0/weight"), of.get("atlas/4/weight"), of.get("atlas/7/weight")]).toEqual([
      "256x40",
      "256x296",
      "3x296",
    ]);
  });

  it("have as many frequencies as picture and motion have detail: the paper's for the paper's size", () => {
    const of = (frames: number, side: number, options: AtlasOptions = {}) =>
      resolveAtlas(options, { frames, side }).frequencies;
    expect(of(70, 768)).toEqual({ alpha: 5, time: 5, atlas: 10 });
    expect(of(8, 128)).toEqual({ alpha: 5, time: 2, atlas: 7 });
    expect(of(1, 128).time).toBe(0);
    expect(of(8, 128, { frequencies: { alpha: 2 } })).toEqual({ alpha: 2, time: 2, atlas: 7 });
  });

  it("leave bootstrapping out where there is no mask", () => {
    expect(resolveAtlas({}, CLIP).weights.bootstrap).toBe(0);
    expect(resolveAtlas({ mask, weights: { flow: 7 } }, CLIP).weights).toEqual({ ...ATLAS_WEIGHTS, flow: 7 });
  });

  it.each([
    [{ samples: 0.5 }, "number of samples is 0.5"],
    [{ learningRate: 0 }, "learning rate is 0"],
    [{ decay: 2 }, "decay of the learning rate is 2"],
    [{ scale: 1 }, "scale of the mapping is 1"],
    [{ seed: 0.1 }, "The seed is 0.1."],
    [{ weights: { rigidity: -1 } }, "weight of rigidity is -1"],
    [{ networks: { alpha: { width: 4, layers: 1 } } }, "layers of the alpha network is 1"],
    [{ frequencies: { atlas: 0 } }, "frequencies of atlas is 0"],
  ])("are refused out of range: %j", (options, message) => {
    expect(() => resolveAtlas(options, CLIP)).toThrow(message);
  });
});
