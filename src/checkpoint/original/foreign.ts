import { FateZeroError } from "../../errors.ts";
import type { NamedWeights } from "../types.ts";

const USE_SD = "Use a Stable Diffusion 1.x or 2.x text-to-image checkpoint.";

/** Files that are no Stable Diffusion 1.x/2.x checkpoint: how to tell them, what they are, what to do with them. */
const FOREIGN: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  [
    /^(lora_(unet|te)|.*\.lora_[AB]\.|.*\.lora[._](up|down)\b|.*_lora\.(up|down)\.)/,
    "a LoRA",
    "Give it by --lora, beside a --model.",
  ],
  [
    /^(string_to_param|emb_params)\b/,
    "a textual-inversion embedding",
    "Give it by --embedding, beside a --model.",
  ],
  [/^conditioner\.embedders\./, "a Stable Diffusion XL checkpoint", USE_SD],
  [/^model\.diffusion_model\.joint_blocks\./, "a Stable Diffusion 3 checkpoint", USE_SD],
  [/^(model\.diffusion_model\.)?double_blocks\./, "a FLUX checkpoint", USE_SD],
  [/^(control_model|controlnet_cond_embedding|input_hint_block)\b/, "a ControlNet", USE_SD],
  [
    /^(encoder|decoder)\.(down|up|down_blocks|up_blocks)\./,
    "a VAE by itself",
    "Give it by --vae, beside a --model.",
  ],
  [
    /^(down_blocks|up_blocks|mid_block)\./,
    "a UNet by itself, with the names of diffusers",
    "Put it into the unet/ folder of its model, with its config.json, and give the model's folder.",
  ],
  [/^text_model\.encoder\./, "a text encoder by itself", USE_SD],
];

/** Throws FateZeroError saying what a file without a UNet of the original layout is. */
export function refuseForeign(file: string, weights: NamedWeights): never {
  const names = [...weights.keys()];
  const known = FOREIGN.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (known) {
    const [, what, remedy] = known;
    throw new FateZeroError("model-unsupported", `${file} is ${what}, not a whole checkpoint.`, remedy);
  }
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
