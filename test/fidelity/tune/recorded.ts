import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { weightsOfFile } from "../../../src/checkpoint/index.node.ts";
import { type Component, readWeight } from "../../../src/checkpoint/index.ts";
import { frameListOf } from "../../../src/config/index.ts";
import { readSafetensors } from "../../../src/files/index.ts";
import type { FrameList } from "../../../src/frame-list.ts";
import { type FloatTensor, floatTensor } from "../../../src/tensor/index.ts";
import { componentAt, swapFramesAndChannels } from "../../support/fixtures.ts";
import { readStored } from "../stored.ts";

export type Tensors = ReadonlyMap<string, FloatTensor>;

/** One optimiser step as the released code took it: a clip, or images as clips of one frame. */
export interface RecordedCall {
  readonly clip: boolean;
  /** [B, F, C, h, w], as are `noise` and `prediction`. */
  readonly latents: FloatTensor;
  readonly timestep: FloatTensor;
  readonly text: FloatTensor;
  readonly noise: FloatTensor;
  readonly prediction: FloatTensor;
  readonly loss: number;
  /** Norm of all gradients before they were clipped. */
  readonly norm: number;
  /** Before clipping; null where they were not recorded. */
  readonly gradients: Tensors | null;
}

export interface AdamW {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
}

/** A tuning run that the released code left in `tune/NAME.*`. */
export interface Recorded {
  readonly unet: Component;
  readonly attend: FrameList;
  readonly trainable: ReadonlySet<string>;
  /** The trainable parameters before the first step. */
  readonly parameters: Tensors;
  readonly calls: readonly RecordedCall[];
  /** The trainable parameters after the last step; null where they were not recorded. */
  readonly final: Tensors | null;
  readonly optimizer: AdamW;
  readonly maxNorm: number;
}

interface Sheet {
  readonly run: { readonly model: string; readonly model_config?: Readonly<Record<string, unknown>> };
  readonly trainable: readonly string[];
  readonly optimizer: { readonly groups: readonly AdamW[] };
  readonly max_grad_norm: number;
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const asClips = (x: FloatTensor): FloatTensor => {
  const [images, ...rest] = x.shape;
  return x.shape.length === 5 ? swapFramesAndChannels(x) : floatTensor([images!, 1, ...rest], x.data);
};

/** The rows of `text`, each for its share of `count`. */
function rowsFor(count: number, { shape, data }: FloatTensor): FloatTensor {
  const [prompts, length, width] = shape as [number, number, number];
  const size = length * width;
  const out = floatTensor([count, length, width]);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * prompts) / count) * size;
    out.data.set(data.subarray(from, from + size), i * size);
  }
  return out;
}

/** Reads the run NAME of the folder that holds `tune/` and `models/`. */
export async function readRecorded(root: string, name: string): Promise<Recorded> {
  const file = (part: string): string => join(root, "tune", `${name}${part}`);
  const sheet: Sheet = JSON.parse(await readFile(file(".json"), "utf8"));
  const model = await componentAt(join(root, sheet.run.model, "unet"));
  const init = file(".init.safetensors");
  const weights = new Map([...model.weights, ...((await exists(init)) ? await weightsOfFile(init) : [])]);
  const unet = { ...model, weights };
  const parameters = new Map<string, FloatTensor>();
  for (const parameter of sheet.trainable) {
    const info = weights.get(parameter);
    if (!info) throw new Error(`the model holds no ${parameter}, which the run trains`);
    parameters.set(parameter, await readWeight(info));
  }

  const stored = await readStored(file(".safetensors"));
  const calls: RecordedCall[] = [];
  for (let i = 0; stored.has(`call${i}/x`); i++) {
    const of = (tensor: string): FloatTensor => stored.get(`call${i}/${tensor}`);
    const grads = file(`.grads${i}.safetensors`);
    const latents = asClips(of("x"));
    calls.push({
      clip: of("x").shape.length === 5,
      latents,
      timestep: of("t"),
      text: rowsFor(latents.shape[0]!, of("ctx")),
      noise: asClips(of("noise")),
      prediction: asClips(of("pred")),
      loss: stored.get("loss").data[i]!,
      norm: stored.get("grad_norm_before_clip").data[i]!,
      gradients: (await exists(grads)) ? (await readSafetensors(grads)).tensors : null,
    });
  }
  const final = file(".final.safetensors");
  return {
    unet,
    final: (await exists(final)) ? (await readSafetensors(final)).tensors : null,
    attend: frameListOf(sheet.run.model_config?.SparseCausalAttention_index) ?? [-1, "first"],
    trainable: new Set(sheet.trainable),
    parameters,
    calls,
    optimizer: sheet.optimizer.groups[0]!,
    maxNorm: sheet.max_grad_norm,
  };
}
