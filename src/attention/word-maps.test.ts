import { afterAll, describe, expect, it } from "vitest";
import { noise } from "../../test/reference/noise.ts";
import { componentAt, fixture } from "../../test/support/fixtures.ts";
import { attentionMap, compile, mean, type Value } from "../graph/index.ts";
import { attentionSites, unetConfig } from "../model/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { floatTensor } from "../tensor/index.ts";
import { plainAttention } from "./plain.ts";
import { buildUNet, unetPorts } from "./unet-graphs.ts";
import { compatWordMapSites, wordMapRecorder, wordMapSites } from "./word-maps.ts";

const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());

const component = await componentAt(fixture("models/micro-sd/unet"));
/** The layout of Stable Diffusion: two blocks a level down, three up, none on the last level but the middle's. */
const sites = attentionSites(unetConfig(component));

describe("wordMapSites", () => {
  it.each([
    [16, 0],
    [24, 1],
    [32, 1],
    [40, 1],
    [64, 2],
    [96, 2],
    [128, 2],
  ])("takes all blocks of one level: latents of %i, level %i", (side, level) => {
    const expected = sites.filter((site) => site.level === level);
    expect(wordMapSites(sites, side, side)).toEqual(expected);
    expect(wordMapSites(sites, side, 2 * side)).toEqual(expected);
  });
});

describe("compatWordMapSites", () => {
  const paths = (side: number): string[] =>
    compatWordMapSites(sites, side, side).map(({ place, level }) => `${place} ${level}`);

  it.each([40, 48, 56, 64])("takes two blocks down and three up for latents of %i", (side) => {
    expect(paths(side)).toEqual(["down 2", "down 2", "up 2", "up 2", "up 2"]);
  });

  it.each([72, 96, 128])("takes the three up for latents of %i, whose level 1 is not stored", (side) => {
    expect(paths(side)).toEqual(["up 2", "up 2", "up 2"]);
  });

  it.each([8, 16, 24, 32])("refuses latents of %i, where the released code crashes", (side) => {
    expect(() => paths(side)).toThrow(/no blend mask for latents of .* Use a size from 320/);
  });

  it("refuses latents so large that only the middle block is stored", () => {
    expect(() => paths(136)).toThrow("no blend mask");
  });
});

describe("word maps", () => {
  it("are the mean of the softmax maps, though no softmax is written out", async () => {
    const chosen = sites.filter((site) => site.level === 1);
    const words = wordMapRecorder(chosen);
    const values: Record<string, Value> = {};
    const options = {
      attend: { frames: [] },
      groupNorm: "frame",
      temporal: true,
      textLength: 7,
      wordMapSites: chosen,
    } as const;
    const ports = unetPorts(component, options, 1);
    buildUNet(component, options, ports, (context) => {
      const plain = plainAttention(context, words);
      return {
        self: plain.self,
        cross(site, q, k, v) {
          if (chosen.some(({ path }) => path === site.path))
            values[site.path] = mean(attentionMap(q, k, site.heads), 1);
          return plain.cross(site, q, k, v);
        },
      };
    });
    values.words = words.result()!;
    const session = await engine.open(compile({ inputs: ports, outputs: values }, engine.lowering));
    const outputs = await session.run({
      latents: noise([1, 3, 4, 16, 16], 1),
      timestep: floatTensor([1], Float32Array.of(301)),
      text: noise([1, 7, 16], 2),
    });
    const maps = outputs.words!;
    expect(maps.shape).toEqual([1, 3, 64, 7]);
    expect(chosen).toHaveLength(5);
    const expected = maps.data.map((_, k) =>
      chosen.reduce((sum, { path }) => sum + outputs[path]!.data[k]! / chosen.length, 0),
    );
    expect(maps).toBeAllclose(expected, { absolute: 1e-6 });
    // Of every position's attention nothing is lost: it sums to 1 over the tokens.
    const sums = Array.from({ length: maps.data.length / 7 }, (_, row) =>
      maps.data.subarray(7 * row, 7 * row + 7).reduce((sum, value) => sum + value, 0),
    );
    expect(sums).toBeAllclose(
      sums.map(() => 1),
      { absolute: 5e-6 },
    );
  });
});
