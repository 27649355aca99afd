/** The fusion without attention maps against the paper's own way: explicit maps, blended, then multiplied by V. */
import { afterAll, describe, expect, it } from "vitest";
import { clipTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { noise } from "../../test/reference/noise.ts";
import { storedMapAttention } from "../../test/reference/stored-maps.ts";
import { componentAt, fixture, inRepository, maxDifference } from "../../test/support/fixtures.ts";
import type { Component } from "../checkpoint/index.ts";
import { type CompiledGraph, compile, input, slice, type Value } from "../graph/index.ts";
import { type AttentionSite, attentionSites, unetConfig } from "../model/index.ts";
import { buildEditPlan, type CrossFusion, type EditOptions, readEdit } from "../prompt/index.ts";
import { createEngine, type Feeds } from "../runtime/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type FrameList, frameIndices } from "./frames.ts";
import { fusedAttention, maskInput, type SelfFusion } from "./fused.ts";
import { buildUNet, fusedUNet, plainUNet, type UNetGraphOptions } from "./unet-graphs.ts";
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
}

const CASES: readonly Case[] = [
  { plan: "replace", self: "masked", guided: true, frames: [-1, "first"] },
  { plan: "refine", self: "full", guided: true, frames: ["mid"] },
  { plan: "reweight", self: "full", guided: false, frames: [0, "mid"] },
  { plan: "reweight", self: "masked", guided: false, frames: [] },
  { plan: "windows", self: "none", guided: true, frames: [0, "mid"] },
];

const graphOptions = (frames: FrameList): UNetGraphOptions => ({
  attend: { frames },
  groupNorm: "frame",
  temporal: true,
  textLength: LENGTH,
  wordMapSites: [],
});

/** Inputs for every graph of this file; the masks are 0 and 1 in patches, both for the fused and the stored maps. */
async function feedsFor(component: Component, { plan, guided, frames }: Case): Promise<Feeds> {
  const branches = guided ? 3 : 2;
  const { inChannels, textWidth, channels } = unetConfig(component);
  const { A, b } = await crossOf(plan);
  const masks: Record<string, FloatTensor> = {};
  for (const level of channels.keys()) {
    const positions = (SIDE / 2 ** level) ** 2;
    const mask = noise([FRAMES, positions], level);
    mask.data.forEach((value, i) => {
      mask.data[i] = value > 0 ? 1 : 0;
    });
    masks[maskInput(level)] = mask;
    masks[`stored ${level}`] = mask;
  }
  return {
    latents: noise([branches, FRAMES, inChannels, SIDE, SIDE], 11),
    text: noise([branches, LENGTH, textWidth], 12),
    timestep: floatTensor([branches], new Float32Array(branches).fill(601)),
    attendTo: frameIndices(frames, FRAMES),
    replace: floatTensor([LENGTH, LENGTH], A),
    keep: floatTensor([LENGTH], b),
    ...masks,
  };
}

async function run(outputs: Readonly<Record<string, Value>>, feeds: Feeds) {
  const graph: CompiledGraph = compile(outputs);
  const session = await engine.open(graph);
  const known = Object.entries(feeds).filter(([name]) => graph.inputs.some((port) => port.name === name));
  const results = await session.run(Object.fromEntries(known));
  await session.dispose();
  return results;
}

const largest = ({ data }: FloatTensor): number =>
  data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);

/** Largest difference as a share of the largest value. */
const relative = (actual: FloatTensor, expected: FloatTensor): number =>
  maxDifference(actual, expected) / largest(expected);

const matrices = (): { replace: Value; keep: Value } => ({
  replace: input("replace", [LENGTH, LENGTH]),
  keep: input("keep", [LENGTH]),
});

describe("every attention layer of a random UNet", async () => {
  const component = await componentAt(fixture("models/micro-sd/unet"));

  it.each(CASES)("$plan, self-attention $self, guided $guided, frames $frames", async (options) => {
    const { self, guided } = options;
    const outputs: Record<string, Value> = {};
    const fusion = { self, fuses: () => true, ...matrices() };
    buildUNet(component, graphOptions(options.frames), guided ? 3 : 2, (plain) => {
      const context = { ...plain, branches: guided ? 3 : 2 };
      const fused = fusedAttention(context, fusion, wordMapRecorder([]));
      const stored = storedMapAttention(context, { ...fusion, maskName: (level) => `stored ${level}` });
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
    });
    const results = await run(outputs, await feedsFor(component, options));
    const layers = attentionSites(unetConfig(component)).flatMap(({ path }) => [
      `${path} self`,
      `${path} cross`,
    ]);
    expect(Object.keys(results)).toHaveLength(2 * layers.length);
    for (const layer of layers)
      expect(relative(results[`${layer} fused`]!, results[`${layer} stored`]!), layer).toBeLessThan(MARK);
  });
});

describe("the embedded model's predictions", async () => {
  const component = await componentAt(inRepository("models/tinytown/unet"));

  const predictions = async (options: Case, fuses: (site: AttentionSite) => boolean) => {
    const { self, guided, frames } = options;
    const feeds = await feedsFor(component, options);
    const fused = fusedUNet(component, graphOptions(frames), { self, fuses, unconditional: guided });
    const branches = guided ? 3 : 2;
    const stored = buildUNet(component, graphOptions(frames), branches, (context) =>
      storedMapAttention({ ...context, branches }, { self, fuses, ...matrices() }),
    );
    return {
      fused: (await run({ prediction: fused.prediction }, feeds)).prediction!,
      stored: (await run({ prediction: slice(stored, 0, 1, branches) }, feeds)).prediction!,
    };
  };

  it.each(CASES)("$plan, self-attention $self, guided $guided, frames $frames", async (options) => {
    const { fused, stored } = await predictions(options, () => true);
    expect(relative(fused, stored)).toBeLessThan(MARK);
  });

  it("are those of the stored maps when only some layers are fused", async () => {
    const { fused, stored } = await predictions(CASES[0]!, (site) => site.level > 0);
    expect(relative(fused, stored)).toBeLessThan(MARK);
  });

  it("are the edit's own when no layer is fused, and others when all are", async () => {
    const options = CASES[1]!;
    const feeds = await feedsFor(component, options);
    const plain = plainUNet(component, graphOptions(options.frames));
    const { prediction } = await run({ prediction: plain.prediction }, feeds);
    const own = floatTensor(
      [2, ...prediction!.shape.slice(1)],
      prediction!.data.slice(prediction!.data.length / 3),
    );
    expect(relative((await predictions(options, () => false)).fused, own)).toBeLessThan(MARK);
    expect(relative((await predictions(options, () => true)).fused, own)).toBeGreaterThan(0.01);
  });
});
