import { writeFile } from "node:fs/promises";
import { bytesOfWeight, type Checkpoint, type NamedWeights } from "../../src/checkpoint/index.ts";
import { moduleMap, unetModules } from "../../src/checkpoint/original/index.ts";
import { openClipNames } from "../../src/checkpoint/original/open-clip.ts";
import { vaeModules } from "../../src/checkpoint/original/vae-names.ts";
import { writeSafetensors } from "../../src/files/index.node.ts";
import { unetConfig } from "../../src/model/index.ts";
import { stridesOf, type TensorToWrite } from "../../src/tensor/index.ts";
import { toOpenClipShapes } from "./open-clip-shapes.ts";
import { dict, torchZip } from "./torch-files.ts";

/** Tensors as the safetensors writer takes them, by name. */
export type Tensors = Record<string, TensorToWrite>;

/** A weight's bytes as they are, under another name or shape. */
async function copied(
  weights: NamedWeights,
  rename: (name: string) => string,
  reshape: (name: string, shape: readonly number[]) => readonly number[] = (_, shape) => shape,
): Promise<Tensors> {
  const tensors: Tensors = {};
  for (const [name, info] of weights) {
    const bytes = await bytesOfWeight(info);
    const data = info.dtype === "float16" ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer);
    const dtype = info.dtype === "float16" ? ("float16" as const) : ("float32" as const);
    tensors[rename(name)] = { dtype, shape: reshape(name, info.shape), data };
  }
  return tensors;
}

const known = (name: string | null, from: string): string => {
  if (name === null) throw new Error(`${from} has no name in the original layout.`);
  return name;
};

const OPEN_CLIP = "cond_stage_model.model.";

/** A text encoder as OpenCLIP's tower: joint projections, one more block, and the projection behind it. */
async function openClipTensors({ weights, config }: Checkpoint["textEncoder"]): Promise<Tensors> {
  const blocks = config.num_hidden_layers as number;
  const shapes = new Map([...weights].map(([name, { shape }]) => [name, shape]));
  const own = await copied(weights, (name) => name);
  const tensors: Tensors = {};
  for (const [name, shape] of toOpenClipShapes(shapes, blocks)) {
    const joint = /^transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)$/.exec(name);
    const parts = joint
      ? ["q", "k", "v"].map((p) => `text_model.encoder.layers.${joint[1]}.self_attn.${p}_proj.${joint[2]}`)
      : [known(openClipNames(blocks).toDiffusers(name), name)];
    const data = Uint16Array.from(parts.flatMap((part) => [...(own[part]!.data as Uint16Array)]));
    tensors[OPEN_CLIP + name] = { dtype: "float16", shape, data };
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    const first = `${OPEN_CLIP}transformer.resblocks.0.`;
    if (name.startsWith(first)) tensors[name.replace(first, first.replace("0.", `${blocks}.`))] = tensor;
  }
  const width = config.hidden_size as number;
  tensors[`${OPEN_CLIP}text_projection`] = {
    dtype: "float16",
    shape: [width, width],
    data: new Uint16Array(width * width),
  };
  return tensors;
}

/** A checkpoint's weights under the names, and in the shapes, of the original latent-diffusion code. */
async function originalTensors({ unet, vae, textEncoder }: Checkpoint): Promise<Tensors> {
  const u = unetConfig(unet);
  const levels = (vae.config.block_out_channels as readonly number[]).length;
  const resnets = vae.config.layers_per_block as number;
  const unetMap = moduleMap(unetModules({ resnets: u.resnetsPerLevel, attends: u.attends }));
  const vaeMap = moduleMap(vaeModules({ levels, resnets }));
  const isProjection = (name: string): boolean => /attentions\.0\.to_.*weight$/.test(name);
  return {
    ...(await copied(
      unet.weights,
      (name) => `model.diffusion_model.${known(unetMap.toOriginal(name), name)}`,
    )),
    ...(await copied(
      vae.weights,
      (name) => `first_stage_model.${known(vaeMap.toOriginal(name), name)}`,
      (name, shape) => (isProjection(name) ? [...shape, 1, 1] : shape),
    )),
    ...(textEncoder.config.hidden_act === "gelu"
      ? await openClipTensors(textEncoder)
      : await copied(textEncoder.weights, (name) => `cond_stage_model.transformer.${name}`)),
  };
}

/** The same as a PyTorch checkpoint of Lightning: a state_dict among bookkeeping. */
export async function writeOriginalCkpt(file: string, checkpoint: Checkpoint): Promise<void> {
  const entries = Object.entries(await originalTensors(checkpoint)).map(([name, { dtype, shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, { storage: { dtype, bytes }, shape, strides: stridesOf(shape), offset: 0 }] as const;
  });
  const state = dict(Object.fromEntries(entries));
  await writeFile(file, torchZip(dict({ epoch: 3, global_step: 470_000, state_dict: state })));
}

/** Writes a checkpoint as one file of the original layout. */
export async function writeOriginal(
  file: string,
  checkpoint: Checkpoint,
  change: (tensors: Tensors) => void = () => {},
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const tensors = await originalTensors(checkpoint);
  change(tensors);
  await writeSafetensors(file, tensors, metadata);
}
