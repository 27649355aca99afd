import type { WeightSource } from "../../graph/index.ts";
import { bytesPerElement, sizeOf } from "../../tensor/index.ts";
import type { NamedWeights, WeightInfo } from "../types.ts";
import { moduleMap } from "./module-map.ts";
import type { ModulePair } from "./unet-names.ts";

/**
 * OpenCLIP's text tower (Ilharco et al. 2021) as transformers' CLIPTextModel. Stable Diffusion 2 reads the states before
 * the last block, so that block has no counterpart, nor has the projection behind it; some converters leave both out.
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
/** Width of Stable Diffusion 2's tower, and the blocks of it that are used; converters write 23 or 24. */
const SD2_WIDTH = 1024;
const SD2_BLOCKS = 23;

/** Blocks whose states are read. A tower of another width has its last block beside the projection behind it. */
function usedBlocks(weights: NamedWeights): number {
  const blocks = [...weights.keys()].flatMap((name) => {
    const [, block] = /^transformer\.resblocks\.(\d{1,3})\./.exec(name) ?? [];
    return block === undefined ? [] : [Number(block)];
  });
  const count = Math.max(-1, ...blocks) + 1;
  const width = weights.get("ln_final.weight")?.shape[0];
  if (width === SD2_WIDTH) return Math.min(count, SD2_BLOCKS);
  return weights.has("text_projection") ? count - 1 : count;
}

/** Rows of the joint projection, in order. */
const PROJECTIONS = ["q_proj", "k_proj", "v_proj"] as const;
const JOINT = /^transformer\.resblocks\.(\d{1,3})\.attn\.in_proj_(weight|bias)$/;

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
  const used = usedBlocks(weights);
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
