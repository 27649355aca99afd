/** Where nothing more is taken from the source its branch ends, and where its states are kept there is none: nothing else changes. */
import { afterAll, describe, expect, it } from "vitest";
import { noise } from "../../test/reference/noise.ts";
import { componentAt, fixture, inRepository } from "../../test/support/fixtures.ts";
import { compile, type Feeds, type Graph, inputs, type Outputs, slice } from "../graph/index.ts";
import { type AttentionSite, unetConfig } from "../model/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { floatTensor, slice0 } from "../tensor/index.ts";
import { frameIndices } from "./frames.ts";
import { fusedAttention } from "./fused.ts";
import { rowOf } from "./regions.ts";
import { buildUNet, fusedUNet, plainUNet, type UNetGraphOptions } from "./unet-graphs.ts";
import { wordMapRecorder } from "./word-maps.ts";

const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());

const [BRANCHES, FRAMES, SIDE, LENGTH] = [3, 3, 16, 7];
const OPTIONS: UNetGraphOptions = {
  attend: { frames: [0, "mid"] },
  groupNorm: "frame",
  temporal: true,
  textLength: LENGTH,
  wordMapSites: [],
};
const FUSION = {
  self: "masked",
  fuses: (site: AttentionSite) => site.level > 0,
  unconditional: true,
} as const;
const TOWN = inRepository("models/tinytown/unet");

async function run<G extends Graph>(graph: G, feeds: Feeds<G>): Promise<Outputs<G>> {
  const session = await engine.open(compile(graph, engine.lowering));
  const results = await session.run(feeds);
  await session.dispose();
  return results;
}

/**
 * The prediction of a fused step, of the same with the source's branch computed to the end, and with its states kept from a
 * run of its own.
 */
async function both(folder: string, more: Partial<UNetGraphOptions>, count: number) {
  const component = await componentAt(folder);
  const { inChannels, textWidth } = unetConfig(component);
  const options = { ...OPTIONS, ...more };
  const graph = fusedUNet(component, options, { ...FUSION, regions: count });
  const { regionReplace, regionKeep, replace, keep, ...fed } = inputs(graph.inputs);
  const fusions = Array.from({ length: count }, (_, r) => ({
    replace: rowOf(regionReplace!, r),
    keep: rowOf(regionKeep!, r),
  }));
  const regions = count > 0 ? { fusions, shares: fed, unseen: fed } : null;
  const fusion = { ...FUSION, replace, keep, masks: fed, regions };
  const whole = buildUNet(component, options, graph.inputs, (context) =>
    fusedAttention({ ...context, branches: BRANCHES }, fusion, wordMapRecorder([])),
  );
  // Masks, shares and what is not seen: 0 and 1 in patches.
  const patches = Object.keys(graph.inputs).flatMap((name) => {
    const [, kind, level] = /^(mask|regions|unseen)(\d+)$/.exec(name) ?? [];
    if (!kind) return [];
    const side = SIDE / 2 ** Number(level);
    const { shape, data } = noise([FRAMES, side ** 2, ...(kind === "mask" ? [] : [count])], name.length);
    return [
      [
        name,
        floatTensor(
          shape,
          data.map((value) => Number(value > 0.5)),
        ),
      ] as const,
    ];
  });
  const feeds = {
    latents: noise([BRANCHES, FRAMES, inChannels, SIDE, SIDE], 1),
    text: noise([(BRANCHES + count) * (more.textPerFrame ? FRAMES : 1), LENGTH, textWidth], 2),
    timestep: floatTensor([BRANCHES], new Float32Array(BRANCHES).fill(601)),
    attendTo: frameIndices(OPTIONS.attend.frames, FRAMES),
    replace: noise([LENGTH, LENGTH], 3),
    keep: noise([LENGTH], 4),
    ...(count > 0
      ? { regionReplace: noise([count, LENGTH, LENGTH], 5), regionKeep: noise([count, LENGTH], 6) }
      : {}),
    ...Object.fromEntries(patches),
  };
  const full = { inputs: graph.inputs, outputs: { prediction: slice(whole.prediction, 0, 1, BRANCHES) } };
  const alone = plainUNet(component, options, FUSION.fuses);
  const texts = more.textPerFrame ? FRAMES : 1;
  const { prediction: _, ...recorded } = await run(alone, {
    latents: slice0(feeds.latents, 0, 1),
    text: slice0(feeds.text, 0, texts),
    timestep: slice0(feeds.timestep, 0, 1),
    attendTo: feeds.attendTo,
  });
  const states = Object.fromEntries(
    Object.entries(recorded).map(([name, state]) => [name, floatTensor(state.shape.slice(1), state.data)]),
  );
  const apart = fusedUNet(component, options, { ...FUSION, regions: count, keptSource: true });
  const withoutSource = {
    latents: slice0(feeds.latents, 1, BRANCHES),
    timestep: slice0(feeds.timestep, 1, BRANCHES),
  };
  return {
    cut: (await run(graph, feeds)).prediction,
    full: (await run(full, feeds)).prediction,
    kept: (await run(apart, { ...feeds, ...withoutSource, ...states })).prediction,
  };
}

describe("the source's branch", () => {
  it.each<readonly [string, string, Partial<UNetGraphOptions>, number]>([
    ["a text of each frame", TOWN, { textPerFrame: true }, 0],
    ["statistics of the whole clip", TOWN, { groupNorm: "clip" }, 0],
    ["regions", TOWN, {}, 2],
    ["temporal layers", fixture("models/micro-sd-tuned/unet"), {}, 0],
  ])("ends, and the others stay what they are: %s", async (_, folder, more, count) => {
    const { cut, full, kept } = await both(folder, more, count);
    const top = full.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(top).toBeGreaterThan(0.1);
    expect(cut).toBeAllclose(full, { absolute: 1e-5 * top });
    expect(kept).toBeAllclose(full, { absolute: 1e-5 * top });
  });

  it("is no more in what the network gives, but where nothing is fused", async () => {
    const component = await componentAt(TOWN);
    const last = (fuses: (site: AttentionSite) => boolean): string =>
      fusedUNet(component, OPTIONS, { ...FUSION, fuses }).outputs.prediction.op.kind;
    expect(last(FUSION.fuses)).toBe("reshape");
    expect(last(() => true)).toBe("reshape");
    expect(last(() => false)).toBe("slice");
  });
});
