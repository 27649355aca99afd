/** The fusion without attention maps against the paper's own way: explicit maps, blended, then multiplied by V. */
import { afterAll, describe, expect, it } from "vitest";
import { clipTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { noise } from "../../test/reference/noise.ts";
import { storedMapAttention } from "../../test/reference/stored-maps.ts";
import { componentAt, fixture, inRepository } from "../../test/support/fixtures.ts";
import type { Component } from "../checkpoint/index.ts";
import type { FrameList } from "../frame-list.ts";
import { compile, type Feeds, type Graph, inputs, type Outputs, slice, type Value } from "../graph/index.ts";
import {
  type AttentionSite,
  attentionSites,
  type SpatialAttention,
  type UNetConfig,
  unetConfig,
} from "../model/index.ts";
import { buildEditPlan, type CrossFusion, type EditOptions, readEdit } from "../prompt/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import { frameIndices } from "./frames.ts";
import { type FusionOptions, fusedAttention, maskName, type SelfFusion } from "./fused.ts";
import type { AttentionContext } from "./plain.ts";
import {
  buildUNet,
  type FusedUNet,
  fusedUNet,
  plainUNet,
  type UNetGraphOptions,
  type UNetPorts,
} from "./unet-graphs.ts";
import { wordMapRecorder } from "./word-maps.ts";

const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());

const FRAMES = 3;
const SIDE = 16;
const LENGTH = 77;
const MARK = 1e-5;

const SOURCE = "a silver jeep driving down a curvy road";
const PLANS: Readonly<Record<string, Partial<EditOptions>>> = {
  replace: { target: "a golden bulldozer driving down a curvy road" },
  refine: { target: `watercolor painting of ${SOURCE}` },
  reweight: { target: `watercolor painting of ${SOURCE}`, amplify: { watercolor: 10, road: 0.5 } },
  windows: {
    target: "a golden bulldozer driving down a curvy road",
    crossSteps: { default_: 0.8, golden: 0 },
  },
};

async function crossOf(name: string): Promise<CrossFusion> {
  const options = { source: SOURCE, target: "", steps: 10, ...PLANS[name] };
  const reading = await readEdit(clipTokenizer, options.source, options.target);
  const plan = buildEditPlan(clipTokenizer, options, reading);
  return plan.steps[0]!.cross!;
}

interface Case {
  readonly plan: string;
  readonly self: SelfFusion;
  readonly guided: boolean;
  readonly frames: FrameList;
  /** Whether what lies inside the mask is hidden. */
  readonly hides?: boolean;
}

const CASES: readonly Case[] = [
  { plan: "replace", self: "masked", guided: true, frames: [-1, "first"] },
  { plan: "refine", self: "full", guided: true, frames: ["mid"] },
  { plan: "reweight", self: "full", guided: false, frames: [0, "mid"] },
  { plan: "reweight", self: "masked", guided: false, frames: [] },
  { plan: "windows", self: "none", guided: true, frames: [0, "mid"] },
  { plan: "refine", self: "masked", guided: true, frames: [0, "mid"], hides: true },
  { plan: "refine", self: "full", guided: false, frames: [-1, "first"], hides: true },
  { plan: "refine", self: "none", guided: true, frames: [], hides: true },
];

const graphOptions = (frames: FrameList): UNetGraphOptions => ({
  attend: { frames },
  groupNorm: "frame",
  temporal: true,
  textLength: LENGTH,
  wordMapSites: [],
});

/** What every graph of a case is fed. */
function feedsFor(component: Component, ports: UNetPorts, { guided, frames }: Case) {
  const branches = guided ? 3 : 2;
  const { inChannels, textWidth } = unetConfig(component);
  return {
    latents: noise([branches, FRAMES, inChannels, SIDE, SIDE], 11),
    text: noise([branches, LENGTH, textWidth], 12),
    timestep: floatTensor([branches], new Float32Array(branches).fill(601)),
    ...(ports.attendTo ? { attendTo: frameIndices(frames, FRAMES) } : {}),
  };
}

/** What a graph that fuses is fed besides; the masks are 0 and 1 in patches. */
async function fusionFeedsFor({ channels }: UNetConfig, ports: FusedUNet["inputs"], { plan }: Case) {
  const { A, b } = await crossOf(plan);
  const masks: Record<string, FloatTensor> = {};
  for (const level of channels.keys()) {
    const mask = noise([FRAMES, (SIDE / 2 ** level) ** 2], level);
    const hard = mask.data.map((value) => (value > 0 ? 1 : 0));
    if (ports[maskName(level)]) masks[maskName(level)] = floatTensor(mask.shape, hard);
  }
  return { replace: floatTensor([LENGTH, LENGTH], A), keep: floatTensor([LENGTH], b), ...masks };
}

async function run<G extends Graph>(graph: G, feeds: Feeds<G>): Promise<Outputs<G>> {
  const session = await engine.open(compile(graph, engine.lowering));
  const results = await session.run(feeds);
  await session.dispose();
  return results;
}

/** MARK, as a share of the largest value. */
const markOf = ({ data }: FloatTensor) => ({
  absolute: MARK * data.reduce((top, value) => Math.max(top, Math.abs(value)), 0),
});

/** Any way of fusing, with the ports and the options that the fusion without maps has. */
function fusedGraph(
  component: Component,
  { self, guided, frames, hides = false }: Case,
  fuses: (site: AttentionSite) => boolean,
  attentionOf: (
    context: AttentionContext & { readonly branches: number },
    fusion: FusionOptions,
  ) => SpatialAttention,
) {
  const branches = guided ? 3 : 2;
  const options = graphOptions(frames);
  const { inputs: ports } = fusedUNet(component, options, { self, fuses, hides, unconditional: guided });
  const fed = inputs(ports);
  const fusion = { self, fuses, hides, replace: fed.replace, keep: fed.keep, masks: fed };
  const { prediction } = buildUNet(component, options, ports, (context) =>
    attentionOf({ ...context, branches }, fusion),
  );
  return { ports, prediction: slice(prediction, 0, 1, branches) };
}

describe("the inputs of a UNet's graph", async () => {
  const component = await componentAt(fixture("models/micro-sd/unet"));
  const plainInputs = (attend: UNetGraphOptions["attend"]): string[] =>
    Object.keys(plainUNet(component, { ...graphOptions([]), attend }).inputs).sort();
  const masksOf = (self: SelfFusion, fuses: (site: AttentionSite) => boolean, hides = false): string[] => {
    const fusion = { self, fuses, hides, unconditional: true };
    const { inputs: ports } = fusedUNet(component, graphOptions([]), fusion);
    return Object.keys(ports).filter((name) => name.startsWith("mask"));
  };

  it("have frames to attend to only where a block looks at them", () => {
    expect(plainInputs({ frames: [] })).toEqual(["latents", "text", "timestep"]);
    expect(plainInputs({ frames: ["mid"] })).toEqual(["attendTo", "latents", "text", "timestep"]);
    expect(plainInputs({ frames: ["mid"], leastChannels: 4096 })).toEqual(plainInputs({ frames: [] }));
  });

  it("have masks only for the levels of fused blocks, and only where self-attention is masked", () => {
    const levels = [...new Set(attentionSites(unetConfig(component)).map(({ level }) => level))];
    expect(masksOf("masked", () => true)).toEqual(levels.map(maskName));
    expect(masksOf("masked", ({ level }) => level === 1)).toEqual(["mask1"]);
    expect(masksOf("full", () => true)).toEqual([]);
    expect(masksOf("none", () => true)).toEqual([]);
    expect(masksOf("none", () => false, true)).toEqual(levels.map(maskName));
  });
});

describe("every attention layer of a random UNet", async () => {
  const component = await componentAt(fixture("models/micro-sd/unet"));
  const config = unetConfig(component);

  it.each(CASES)(
    "$plan, self-attention $self, guided $guided, frames $frames, hides $hides",
    async (options) => {
      const outputs: Record<string, Value> = {};
      const { ports } = fusedGraph(
        component,
        options,
        () => true,
        (context, fusion) => {
          const fused = fusedAttention(context, fusion, wordMapRecorder([]));
          const stored = storedMapAttention(context, fusion);
          // Both ways get the same Q, K, V, so that no rounding grows from layer to layer.
          const both =
            (kind: "self" | "cross") =>
            (site: AttentionSite, ...qkv: [Value, Value, Value]): Value => {
              outputs[`${site.path} ${kind} fused`] = fused[kind](site, ...qkv);
              const expected = stored[kind](site, ...qkv);
              outputs[`${site.path} ${kind} stored`] = expected;
              return expected;
            };
          return { self: both("self"), cross: both("cross") };
        },
      );
      const feeds = {
        ...feedsFor(component, ports, options),
        ...(await fusionFeedsFor(config, ports, options)),
      };
      const results = await run({ inputs: ports, outputs }, feeds);
      const layers = attentionSites(config).flatMap(({ path }) => [`${path} self`, `${path} cross`]);
      expect(Object.keys(results)).toHaveLength(2 * layers.length);
      for (const layer of layers) {
        const stored = results[`${layer} stored`]!;
        expect(results[`${layer} fused`]!, layer).toBeAllclose(stored, markOf(stored));
      }
    },
  );
});

describe("the embedded model's predictions", async () => {
  const component = await componentAt(inRepository("models/tinytown/unet"));

  const predictions = async (options: Case, fuses: (site: AttentionSite) => boolean) => {
    const { self, guided, frames, hides = false } = options;
    const fused = fusedUNet(component, graphOptions(frames), { self, fuses, hides, unconditional: guided });
    const stored = fusedGraph(component, options, fuses, (context, fusion) =>
      storedMapAttention(context, fusion),
    );
    const feeds = {
      ...feedsFor(component, fused.inputs, options),
      ...(await fusionFeedsFor(unetConfig(component), fused.inputs, options)),
    };
    return {
      fused: (await run(fused, feeds)).prediction,
      stored: (await run({ inputs: fused.inputs, outputs: { prediction: stored.prediction } }, feeds))
        .prediction,
    };
  };

  it.each(CASES)(
    "$plan, self-attention $self, guided $guided, frames $frames, hides $hides",
    async (options) => {
      const { fused, stored } = await predictions(options, () => true);
      expect(fused).toBeAllclose(stored, markOf(stored));
    },
  );

  it.each([CASES[0]!, CASES[5]!])(
    "are those of the stored maps when only some layers are fused",
    async (options) => {
      const { fused, stored } = await predictions(options, (site) => site.level > 0);
      expect(fused).toBeAllclose(stored, markOf(stored));
    },
  );

  it("are the edit's own when no layer is fused, and others when all are", async () => {
    const options = CASES[1]!;
    const plain = plainUNet(component, graphOptions(options.frames));
    const { prediction } = await run(plain, feedsFor(component, plain.inputs, options));
    const own = slice0(prediction, 1, 3);
    expect((await predictions(options, () => false)).fused).toBeAllclose(own, markOf(own));
    const { absolute } = markOf(own);
    expect((await predictions(options, () => true)).fused).not.toBeAllclose(own, {
      absolute: (0.01 / MARK) * absolute,
    });
  });
});
