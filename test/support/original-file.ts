import { bytesOfWeight, type Checkpoint, type NamedWeights } from "../../src/checkpoint/index.ts";
import { moduleMap, unetModules } from "../../src/checkpoint/original/index.ts";
import { vaeModules } from "../../src/checkpoint/original/vae-names.ts";
import { unetConfig, vaeConfig } from "../../src/model/index.ts";
import { type TensorToWrite, writeSafetensors } from "../../src/tensor/index.ts";

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
    const data =
      info.dtype === "float16" ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer);
    const dtype = info.dtype === "float16" ? ("float16" as const) : ("float32" as const);
    tensors[rename(name)] = { dtype, shape: reshape(name, info.shape), data };
  }
  return tensors;
}

const known = (name: string | null, from: string): string => {
  if (name === null) throw new Error(`${from} has no name in the original layout.`);
  return name;
};

/** A checkpoint's weights under the names, and in the shapes, of the original latent-diffusion code. */
export async function originalTensors({ unet, vae, textEncoder }: Checkpoint): Promise<Tensors> {
  const u = unetConfig(unet);
  const v = vaeConfig(vae);
  const unetMap = moduleMap(unetModules({ resnets: u.resnetsPerLevel, attends: u.attends }));
  const vaeMap = moduleMap(vaeModules({ levels: v.channels.length, resnets: v.resnetsPerLevel }));
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
    ...(await copied(textEncoder.weights, (name) => `cond_stage_model.transformer.${name}`)),
  };
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
