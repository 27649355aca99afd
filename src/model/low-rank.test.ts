/** LoRA in the graphs: against diffusers' numbers, and against weights that were multiplied out on the host. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointOf, wavyWeight, weightOf } from "../../test/support/adapters.ts";
import { componentAt, fixture } from "../../test/support/fixtures.ts";
import { type PlainUNet, plainUNet } from "../attention/index.ts";
import { openLora } from "../checkpoint/index.node.ts";
import {
  type Component,
  type LoraFile,
  type LoraTerm,
  readWeight,
  type WeightInfo,
  withLora,
} from "../checkpoint/index.ts";
import { readSafetensors } from "../files/index.ts";
import { type CompiledGraph, compile, LOWERINGS } from "../graph/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { type FloatTensor, floatTensor, intTensor, sizeOf } from "../tensor/index.ts";
import { clipTextGraph } from "./index.ts";

const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());
let unet: Component;
beforeAll(async () => {
  unet = await componentAt(fixture("models/micro-sd/unet"));
});

function graphOf(component: Component): CompiledGraph<PlainUNet> {
  const graph = plainUNet(component, {
    attend: { frames: [] },
    groupNorm: "frame",
    temporal: true,
    textLength: 77,
    wordMapSites: [],
  });
  return compile(graph, LOWERINGS.cpu);
}

async function predict(component: Component): Promise<FloatTensor> {
  const session = await engine.open(graphOf(component));
  const wave = (shape: readonly number[]): FloatTensor =>
    floatTensor(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 1.7)),
    );
  const { prediction } = await session.run({
    latents: wave([1, 1, 4, 16, 16]),
    timestep: floatTensor([1], Float32Array.of(500)),
    text: wave([1, 77, 16]),
  });
  await session.dispose();
  return prediction;
}

/** A LoRA of rank 3 for some layers: in two parts, or those named in `inThree` in three. Convolutions keep their kernel. */
function madeFile(
  paths: readonly string[],
  seed: number,
  scale: number,
  inThree: readonly string[] = [],
): LoraFile {
  const weights = new Map<string, WeightInfo>();
  for (const [i, path] of paths.entries()) {
    const [out, input, ...kernel] = unet.weights.get(`${path}.weight`)!.shape;
    const ones = kernel.map(() => 1);
    const key = `lora_unet_${path.replaceAll(".", "_")}`;
    const three = inThree.includes(path);
    const wave = (shape: readonly (number | undefined)[], k: number) =>
      wavyWeight(shape as number[], seed + 3 * i + k, 0.3);
    weights.set(`${key}.lora_down.weight`, wave([3, input, ...(three ? ones : kernel)], 0));
    if (three) weights.set(`${key}.lora_mid.weight`, wave([3, 3, ...kernel], 1));
    weights.set(`${key}.lora_up.weight`, wave([out, 3, ...ones], 2));
    weights.set(`${key}.alpha`, weightOf([], [2]));
  }
  return { weights, label: `seed ${seed}`, scale };
}

const withFiles = async (files: readonly LoraFile[]): Promise<Component> =>
  (await withLora(checkpointOf({ unet }), files)).unet;

/** W + Σ scale · up · (mid ·) down, multiplied out in float64. */
async function merge(weight: WeightInfo, terms: readonly LoraTerm[]): Promise<WeightInfo> {
  const merged = Float64Array.from((await readWeight(weight)).data);
  const [out, input, ...kernel] = weight.shape as [number, number, ...number[]];
  const pixels = sizeOf(kernel);
  for (const { down, mid, up, scale } of terms) {
    const rank = down.shape[0]!;
    const [d, u] = [(await readWeight(down)).data, (await readWeight(up)).data];
    const m = mid ? (await readWeight(mid)).data : null;
    // What enters rank r from input i at pixel k.
    const inner = (r: number, i: number, k: number): number => {
      if (!m) return d[(r * input + i) * pixels + k]!;
      let sum = 0;
      for (let s = 0; s < rank; s++) sum += m[(r * rank + s) * pixels + k]! * d[s * input + i]!;
      return sum;
    };
    for (let r = 0; r < rank; r++)
      for (let i = 0; i < input; i++)
        for (let k = 0; k < pixels; k++) {
          const value = scale * inner(r, i, k);
          for (let o = 0; o < out; o++) merged[(o * input + i) * pixels + k]! += value * u[o * rank + r]!;
        }
  }
  return weightOf(weight.shape, merged);
}

async function mergedOf({ lora, ...component }: Component): Promise<Component> {
  const weights = new Map(component.weights);
  for (const [path, terms] of lora!) {
    const name = `${path}.weight`;
    weights.set(name, await merge(weights.get(name)!, terms));
  }
  return { ...component, weights };
}

const BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0";
const CONVOLUTIONS = [
  "conv_in",
  "down_blocks.0.resnets.0.conv1",
  "down_blocks.0.downsamplers.0.conv",
  "up_blocks.1.resnets.0.conv_shortcut",
  "down_blocks.0.attentions.0.proj_in",
];
const LINEAR = [`${BLOCK}.attn1.to_q`, `${BLOCK}.attn2.to_v`, `${BLOCK}.ff.net.2`, "time_embedding.linear_1"];

describe("a UNet with LoRA", () => {
  it.each([
    ["linear layers", LINEAR, []],
    ["convolutions", CONVOLUTIONS, []],
    ["convolutions in three parts", CONVOLUTIONS, CONVOLUTIONS],
  ])("predicts what merged weights predict: %s", async (_, paths, inThree) => {
    const changed = await withFiles([madeFile(paths, 1, 0.8, inThree)]);
    const prediction = await predict(changed);
    expect(prediction).toBeAllclose(await predict(await mergedOf(changed)), { absolute: 1e-4 });
    expect(prediction).not.toBeAllclose(await predict(unet), { absolute: 1e-2 });
  });

  it("adds several up, whether they change the same layers or not", async () => {
    const files = [
      madeFile([...LINEAR, ...CONVOLUTIONS], 1, 0.8),
      madeFile([LINEAR[0]!, CONVOLUTIONS[1]!], 50, -0.4, [CONVOLUTIONS[1]!]),
      madeFile(["conv_out", LINEAR[0]!], 90, 0.5),
    ];
    const changed = await withFiles(files);
    expect(changed.lora!.get(LINEAR[0]!)).toHaveLength(3);
    const prediction = await predict(changed);
    expect(prediction).toBeAllclose(await predict(await mergedOf(changed)), { absolute: 1e-4 });
    expect(prediction).not.toBeAllclose(await predict(await withFiles(files.slice(1))), { absolute: 1e-3 });
  });

  it("is the plain UNet at scale 0", async () => {
    const changed = await withFiles([madeFile(LINEAR, 1, 0)]);
    expect(await predict(changed)).toBeAllclose(await predict(unet), { absolute: 0 });
  });

  it("leaves all weights in their files", async () => {
    const { weights } = unet;
    const file: LoraFile = {
      // A LoRA whose weights are in a file: this one's own.
      weights: new Map([
        [`unet.${LINEAR[0]}.lora_A.weight`, weights.get(`${BLOCK}.attn1.to_q.weight`)!],
        [`unet.${LINEAR[0]}.lora_B.weight`, weights.get(`${BLOCK}.attn1.to_k.weight`)!],
      ]),
      label: "file",
      scale: 1,
    };
    const plain = graphOf(unet).model.length;
    const bytes = graphOf(await withFiles([file])).model.length - plain;
    expect(plain).toBeLessThan(400_000);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(1500);
  });

  it("tells of a layer that it does not have", async () => {
    const changed = await withFiles([madeFile([LINEAR[0]!], 1, 1)]);
    const lora = new Map([["mid_block.none", changed.lora!.get(LINEAR[0]!)!]]);
    expect(() => graphOf({ ...unet, lora })).toThrow(/unexpected +mid_block\.none \(by a LoRA\) +–/);
  });
});

describe("a text encoder with LoRA", () => {
  it.each([
    ["lora-kohya", 0.7, /^lora_te_/],
    ["lora-peft", 1, /^text_encoder\./],
  ])("gives the states that diffusers gives: %s", async (name, scale, own) => {
    const textEncoder = await componentAt(fixture("checkpoints/sd1/text_encoder"), "model");
    const file = await openLora(fixture(`checkpoints/${name}.safetensors`), scale);
    const weights = new Map([...file.weights].filter(([key]) => own.test(key)));
    const changed = await withLora(checkpointOf({ textEncoder }), [{ ...file, weights }]);
    const { tensors } = await readSafetensors(fixture("checkpoints/sd1-text-expected.safetensors"));
    const ids = tensors.get("sd1/ids")!;
    const statesOf = async (component: Component): Promise<FloatTensor> => {
      const session = await engine.open(compile(clipTextGraph(component), engine.lowering));
      const { states } = await session.run({ ids: intTensor(ids.shape, Array.from(ids.data)) });
      return states;
    };
    const [plain, expected] = ["sd1/text", `${name}@${scale}/text`].map((key) => tensors.get(key)!);
    expect(await statesOf(changed.textEncoder)).toBeAllclose(expected!, { absolute: 5e-5 });
    expect(await statesOf(textEncoder)).toBeAllclose(plain!, { absolute: 5e-5 });
    expect(plain!).not.toBeAllclose(expected!, { absolute: 0.1 });
  });
});
