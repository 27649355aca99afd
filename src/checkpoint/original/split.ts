import { type Shape, sizeOf } from "../../tensor/index.ts";
import { canonicalTextNames } from "../names.ts";
import type { NamedWeights, WeightInfo } from "../types.ts";
import { moduleMap, type Rename } from "./module-map.ts";
import { fromOpenClip } from "./open-clip.ts";
import { type UNetLayout, unetLayout, unetModules } from "./unet-names.ts";
import { type VaeLayout, vaeLayout, vaeModules } from "./vae-names.ts";

/** Takes a file of the original layout apart: each network's weights under today's names, still in their file. */

export const UNET_PREFIX = "model.diffusion_model.";
export const VAE_PREFIX = "first_stage_model.";
const CLIP_PREFIX = "cond_stage_model.transformer.";
/** The second is of files in the layout of Stable Diffusion XL's code, such as sd_turbo. */
const OPEN_CLIP_PREFIXES = ["cond_stage_model.model.", "conditioner.embedders.0.model."];

/** Weights below a prefix, without it. */
export function below(weights: NamedWeights, prefix: string): NamedWeights {
  const found = new Map<string, WeightInfo>();
  for (const [name, info] of weights) if (name.startsWith(prefix)) found.set(name.slice(prefix.length), info);
  return found;
}

/** Renames weights; names that are of no module stay, so that they are told as unexpected. */
function renamed(weights: NamedWeights, rename: Rename): Map<string, WeightInfo> {
  return new Map([...weights].map(([name, info]) => [rename(name) ?? name, info]));
}

export function splitUNet(original: NamedWeights): {
  readonly weights: NamedWeights;
  readonly layout: UNetLayout;
} {
  const layout = unetLayout(original.keys());
  return { weights: renamed(original, moduleMap(unetModules(layout)).toDiffusers), layout };
}

const isTrailingOnes = (shape: Shape): boolean => shape.length === 4 && shape[2] === 1 && shape[3] === 1;

/** Names of the training's loss and averages, which are no part of the network. */
const VAE_TRAINING = /^(loss|model_ema)\./;

export function splitVae(original: NamedWeights): {
  readonly weights: NamedWeights;
  readonly layout: VaeLayout;
} {
  const network = new Map([...original].filter(([name]) => !VAE_TRAINING.test(name)));
  const layout = vaeLayout(network.keys());
  const weights = renamed(network, moduleMap(vaeModules(layout)).toDiffusers);
  for (const [name, info] of weights) {
    // The original's attention projects by 1×1 convolutions: the same bytes as a matrix.
    if (/\.attentions\.\d+\.to_(q|k|v|out\.0)\.weight$/.test(name) && isTrailingOnes(info.shape))
      weights.set(name, { ...info, shape: [info.shape[0]!, sizeOf(info.shape.slice(1))] });
  }
  return { weights, layout };
}

/** The text encoder, of OpenAI's CLIP or of OpenCLIP; null where the file has none. */
export function splitText(
  file: NamedWeights,
): { readonly weights: NamedWeights; readonly isOpenClip: boolean } | null {
  for (const prefix of OPEN_CLIP_PREFIXES) {
    const openClip = below(file, prefix);
    if (openClip.has("token_embedding.weight")) return { weights: fromOpenClip(openClip), isOpenClip: true };
  }
  const clip = canonicalTextNames(below(file, CLIP_PREFIX));
  // Some programs keep CLIP's projection behind the tower, which is not used.
  const tower = new Map([...clip].filter(([name]) => name.startsWith("text_model.")));
  return tower.size > 0 ? { weights: tower, isOpenClip: false } : null;
}
