/** What configurations and weight files of other checkpoints change in the networks, against what they must equal. */
import { afterAll, describe, expect, it } from "vitest";
import { componentAt, fixture } from "../../test/support/fixtures.ts";
import { plainUNet, type UNetGraphOptions } from "../attention/index.ts";
import { bytesOfWeight, type Component, readWeight, type WeightInfo } from "../checkpoint/index.ts";
import { compile } from "../graph/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import type { Engine } from "../runtime/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { clipTextConfig } from "./index.ts";

const engine = createEngine({ threads: 2 });
/** Weights are used as their file has them. */
const mapping = createEngine({ threads: 2, memory: "lowMemory" });
afterAll(() => Promise.all([engine.close(), mapping.close()]));

const same = (component: Component): Component => component;

const wave = (shape: readonly number[], pace: number): FloatTensor =>
  floatTensor(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(pace * i)),
  );

const OPTIONS: UNetGraphOptions = {
  attend: { frames: [] },
  groupNorm: "frame",
  temporal: false,
  textLength: 77,
  wordMapSites: [],
};

/** A prediction of micro-sd's UNet, changed. Weights that are inputs are fed as its file has them. */
async function predict(
  change: (component: Component) => Component | Promise<Component>,
  asInputs: (name: string) => boolean = () => false,
  on: Engine = engine,
): Promise<FloatTensor> {
  const component = await change(await componentAt(fixture("models/micro-sd/unet")));
  const graph = plainUNet(component, { ...OPTIONS, asInputs });
  const session = await on.open(compile(graph, on.lowering));
  const feeds = {
    latents: wave([1, 1, 4, 16, 16], 0.7),
    timestep: floatTensor([1], Float32Array.of(321)),
    text: wave([1, 77, 16], 0.3),
  };
  const weights: Record<string, FloatTensor> = {};
  for (const name of Object.keys(graph.weights ?? {}))
    weights[name] = await readWeight(component.weights.get(name)!);
  const { prediction } = await session.run(feeds, { weights });
  await session.dispose();
  return prediction;
}

async function mapped(
  component: Component,
  to: (info: WeightInfo, name: string) => WeightInfo | Promise<WeightInfo>,
): Promise<Component> {
  const weights = new Map<string, WeightInfo>();
  for (const [name, info] of component.weights) weights.set(name, await to(info, name));
  return { ...component, weights };
}

it("linear projections (SD 2.x) are 1×1 convolutions (SD 1.x) with the same weights", async () => {
  const linear = await predict(async (component) => ({
    ...(await mapped(component, (info, name) =>
      /proj_(in|out)\.weight$/.test(name) ? { ...info, shape: info.shape.slice(0, 2) } : info,
    )),
    config: { ...component.config, use_linear_projection: true, upcast_attention: true },
  }));
  expect(linear).toBeAllclose(await predict(same), { absolute: 2e-5 });
});

it("heads may be given by level, as a list or as num_attention_heads", async () => {
  const plain = await predict(same);
  const heads = (entries: object) => (component: Component) => ({
    ...component,
    config: { ...component.config, ...entries },
  });
  expect(await predict(heads({ attention_head_dim: [2, 2, 2, 2] }))).toBeAllclose(plain, { absolute: 0 });
  expect(await predict(heads({ num_attention_heads: 2, attention_head_dim: 64 }))).toBeAllclose(plain, {
    absolute: 0,
  });
  expect(await predict(heads({ attention_head_dim: [1, 2, 4, 4] }))).not.toBeAllclose(plain, {
    absolute: 1e-3,
  });
});

/** The upper half of a float32's bits: a bfloat16, rounded towards zero. */
function upperHalves(values: Float32Array): Uint16Array {
  const words = new Uint16Array(values.buffer, values.byteOffset, values.length * 2);
  return Uint16Array.from({ length: values.length }, (_, i) => words[2 * i + 1]!);
}

it("bf16, fp16, fp32 and fp64 files of the same values predict the same", async () => {
  const rounded = async (info: WeightInfo): Promise<Float32Array> => {
    const { data } = await readWeight(info);
    const halves = upperHalves(Float32Array.from(data));
    return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  };
  const bytes = (data: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(data.buffer);
  const as = (dtype: "bfloat16" | "float32" | "float64") =>
    predict((component) =>
      mapped(component, async (info) => {
        const values = await rounded(info);
        const data =
          dtype === "bfloat16"
            ? bytes(upperHalves(values))
            : bytes(dtype === "float32" ? values : Float64Array.from(values));
        return { dtype, shape: info.shape, location: { data } };
      }),
    );
  const reference = await as("float32");
  expect(await as("bfloat16")).toBeAllclose(reference, { absolute: 0 });
  expect(await as("float64")).toBeAllclose(reference, { absolute: 0 });

  // The fixture's own file is fp16.
  const halves = await predict(same);
  const singles = await predict((component) =>
    mapped(component, async (info) => {
      const { data } = await readWeight(info);
      return { dtype: "float32", shape: info.shape, location: { data: bytes(Float32Array.from(data)) } };
    }),
  );
  expect(halves).toBeAllclose(singles, { absolute: 0 });
});

it("inline weights compute what mapped ones do", async () => {
  const inline = await predict((component) =>
    mapped(component, async (info) => ({ ...info, location: { data: await bytesOfWeight(info) } })),
  );
  expect(inline).toBeAllclose(await predict(same), { absolute: 0 });
});

describe("weights that are inputs", () => {
  const kinds: readonly (readonly [string, RegExp])[] = [
    ["of attention's queries and of a norm", /attn1\.to_q\.weight$|norm1\.(weight|bias)$/],
    ["of convolutions and their biases", /resnets\.0\.conv1\.(weight|bias)$/],
    ["all", /./],
  ];

  it.each(kinds)("compute what mapped ones do, to the last bit: %s", async (_, names) => {
    const asInputs = (name: string): boolean => names.test(name);
    expect(await predict(same, asInputs, mapping)).toBeAllclose(await predict(same, () => false, mapping), {
      absolute: 0,
    });
  });

  it("differ by the order of summation where mapped convolutions are rearranged for the processor", async () => {
    expect(await predict(same, () => true)).toBeAllclose(await predict(same), { absolute: 2e-5 });
  });

  it("are no part of the model", async () => {
    const component = await componentAt(fixture("models/micro-sd/unet"));
    const graph = plainUNet(component, { ...OPTIONS, asInputs: () => true });
    expect(Object.keys(graph.weights!).sort()).toEqual([...component.weights.keys()].sort());
    expect(graph.weights!["conv_in.weight"]).toEqual({ dtype: "float32", shape: [8, 4, 3, 3] });
    expect(compile(graph, engine.lowering).dataFolder).toBeNull();
  });
});

it("a text encoder's activation must be one that is known", () => {
  const config = {
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    intermediate_size: 8,
    vocab_size: 8,
    hidden_act: "relu",
  };
  expect(() => clipTextConfig({ label: "text_encoder", config, weights: new Map() })).toThrow(
    'text_encoder/config.json: "hidden_act" is "relu", which is not computed here',
  );
});
