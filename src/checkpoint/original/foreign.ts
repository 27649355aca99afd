import { FateZeroError } from "../../errors.ts";
import { say, type Text, the } from "../../say.ts";
import type { NamedWeights } from "../types.ts";

const USE_SD = "Use a Stable Diffusion 1.x or 2.x text-to-image checkpoint.";

/** How to tell a file, what it is, what to do with it. */
type Kind = readonly [pattern: RegExp, what: string, remedy: Text];

/** Whole checkpoints of other families, whose UNets have the names of Stable Diffusion's among others. */
const OTHER_FAMILIES: readonly Kind[] = [
  [/^conditioner\.embedders\.1\./, "a Stable Diffusion XL checkpoint", USE_SD],
  [
    /^model\.diffusion_model\.label_emb\./,
    "a checkpoint that takes labels beside the prompt (XL, unCLIP, an upscaler)",
    USE_SD,
  ],
  [/^(control_model|controlnet_cond_embedding|input_hint_block)\b/, "a ControlNet", USE_SD],
  [/^model\.diffusion_model\.joint_blocks\./, "a Stable Diffusion 3 checkpoint", USE_SD],
  [/^(model\.diffusion_model\.)?double_blocks\./, "a FLUX checkpoint", USE_SD],
];

/** Files that hold a part of a model, or something to add to one. */
const PARTS: readonly Kind[] = [
  [
    /^(lora_(unet|te)|.*\.lora_[AB]\.|.*\.lora[._](up|down)\b|.*_lora\.(up|down)\.)/,
    "a LoRA",
    say`Give it by ${the("lora")}, beside a ${the("model")}.`,
  ],
  [
    /^(string_to_param|emb_params)\b/,
    "a textual-inversion embedding",
    say`Give it by ${the("embeddings")}, beside a ${the("model")}.`,
  ],
  [
    /^(encoder|decoder)\.(down|up|down_blocks|up_blocks|layers)\./,
    "a VAE by itself",
    say`Give it by ${the("vae")}, beside a ${the("model")}.`,
  ],
  [
    /^(down_blocks|up_blocks|mid_block)\./,
    "a UNet by itself, with the names of diffusers",
    "Put it into the unet/ folder of its model, with its config.json, and give the model's folder.",
  ],
  [/^text_model\.encoder\./, "a text encoder by itself", USE_SD],
];

function refuseKinds(kinds: readonly Kind[], file: string, names: readonly string[], rest: string): void {
  const known = kinds.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (!known) return;
  const [, what, remedy] = known;
  throw new FateZeroError("model-unsupported", `${file} is ${what}${rest}.`, remedy);
}

/** Throws FateZeroError saying what a file is that is no Stable Diffusion 1.x/2.x checkpoint of the original layout. */
export function refuseForeign(file: string, weights: NamedWeights): void {
  const names = [...weights.keys()];
  refuseKinds(OTHER_FAMILIES, file, names, "");
  if (weights.has("model.diffusion_model.input_blocks.0.0.weight")) return;
  refuseKinds(PARTS, file, names, ", not a whole checkpoint");
  const some = names.slice(0, 3).map((name) => `"${name}"`);
  throw new FateZeroError(
    "model-unsupported",
    `${file} is no Stable Diffusion checkpoint: it holds ${names.length} tensors${some.length ? `, such as ${some.join(", ")}` : ""}, but no "model.diffusion_model.…".`,
    USE_SD,
  );
}

/** What the first convolution's channels beyond the latent's own 4 are for. */
const EXTRA_INPUTS: Readonly<Record<number, string>> = {
  5: "a depth-to-image model, which takes a depth map beside the latents",
  7: "an upscaling model, which takes a small picture beside the latents",
  8: "an instruction model (InstructPix2Pix), which takes the picture's latents beside the noisy ones",
  9: "an inpainting model, which takes a mask and a masked picture beside the latents",
};

/** What a UNet with these input channels is; null for text-to-image. */
export function extraInputs(inChannels: number, outChannels: number): string | null {
  if (inChannels === outChannels) return null;
  return EXTRA_INPUTS[inChannels] ?? `a model that takes ${inChannels} channels and gives ${outChannels}`;
}
