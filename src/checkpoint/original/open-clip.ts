import type { WeightSource } from "../../graph/index.ts";
import { bytesPerElement, type Shape, sizeOf } from "../../tensor/index.ts";
import type { NamedWeights, WeightInfo } from "../types.ts";
import { moduleMap } from "./module-map.ts";
import type { ModulePair } from "./unet-names.ts";

/**
 * OpenCLIP's text tower (Ilharco et al. 2021) as transformers' CLIPTextModel. Stable Diffusion 2 reads the states before
 * the last block, so that block has no counterpart, nor has the projection behind it.
 */

const BLOCK: readonly ModulePair[] = [
  ["ln_1", "layer_norm1"],
  ["ln_2", "layer_norm2"],
  ["mlp.c_fc", "mlp.fc1"],
  ["mlp.c_proj", "mlp.fc2"],
  ["attn.out_proj", "self_attn.out_proj"],
];
const TOWER: readonly ModulePair[] = [
  ["token_embedding", "text_model.embeddings.token_embedding"],
  ["positional_embedding", "text_model.embeddings.position_embedding.weight"],
  ["ln_final", "text_model.final_layer_norm"],
];
/** Rows of the joint projection, in order. */
const PROJECTIONS = ["q_proj", "k_proj", "v_proj"] as const;
const JOINT = /^transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)$/;

const layerPath = (block: number | string): string => `text_model.encoder.layers.${block}`;

/** All modules of a tower with this many blocks used, but for the joint projections. */
function towerModules(blocks: number): ModulePair[] {
  const pairs = [...TOWER];
  for (let i = 0; i < blocks; i++) {
    for (const [theirs, ours] of BLOCK)
      pairs.push([`transformer.resblocks.${i}.${theirs}`, `${layerPath(i)}.${ours}`]);
  }
  return pairs;
}

/** A run of rows of a tensor: the same bytes, seen as a tensor of its own. */
function rows({ dtype, shape, location }: WeightInfo, start: number, count: number): WeightInfo {
  const rest = shape.slice(1);
  const rowBytes = sizeOf(rest) * bytesPerElement(dtype);
  const [from, length] = [start * rowBytes, count * rowBytes];
  const part: WeightSource =
    "data" in location
      ? { data: location.data.subarray(from, from + length) }
      : { file: location.file, offset: location.offset + from, length };
  return { dtype, shape: [count, ...rest], location: part };
}

/** Weights of an OpenCLIP text tower (without its prefix) under transformers' names; joint projections are cut in place. */
export function fromOpenClip(weights: NamedWeights): NamedWeights {
  const blocks = [...weights.keys()].flatMap((name) => {
    const [, block] = /^transformer\.resblocks\.(\d+)\./.exec(name) ?? [];
    return block === undefined ? [] : [Number(block)];
  });
  const used = Math.max(0, ...blocks);
  const { toDiffusers } = openClipNames(used);
  const renamed = new Map<string, WeightInfo>();
  for (const [name, info] of weights) {
    const [, block, part] = JOINT.exec(name) ?? [];
    if (block !== undefined && Number(block) < used) {
      const width = info.shape[0]! / PROJECTIONS.length;
      for (const [i, projection] of PROJECTIONS.entries())
        renamed.set(`${layerPath(block)}.self_attn.${projection}.${part}`, rows(info, i * width, width));
      continue;
    }
    const ours = toDiffusers(name);
    if (ours !== null) renamed.set(ours, info);
  }
  return renamed;
}

/** Names of a tower's modules in both layouts, but for the joint projections. */
export const openClipNames = (blocks: number): ReturnType<typeof moduleMap> =>
  moduleMap(towerModules(blocks));

/** The names and shapes that a text encoder of transformers has in an OpenCLIP tower, for checks of the way there and back. */
export function toOpenClipShapes(shapes: ReadonlyMap<string, Shape>, blocks: number): Map<string, Shape> {
  const { toOriginal } = openClipNames(blocks);
  const original = new Map<string, Shape>();
  for (const [name, shape] of shapes) {
    const [, block, projection, part] =
      /^text_model\.encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(weight|bias)$/.exec(name) ?? [];
    if (block !== undefined) {
      const joint = `transformer.resblocks.${block}.attn.in_proj_${part}`;
      if (projection === "q") original.set(joint, [3 * shape[0]!, ...shape.slice(1)]);
      continue;
    }
    const theirs = toOriginal(name);
    if (theirs !== null) original.set(theirs, shape);
  }
  return original;
}
