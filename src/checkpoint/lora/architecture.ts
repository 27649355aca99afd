import { familyOfWidth } from "../families.ts";
import type { NamedWeights } from "../types.ts";
import { parseLoraKey } from "./keys.ts";

/** Names that only LoRAs for other kinds of models have. */
const FOREIGN: readonly (readonly [names: RegExp, model: string])[] = [
  [
    /double_blocks|single_blocks|joint_blocks|(single|joint)_transformer_blocks|^((diffusion_model|lora_unet)[._]|lora_|lycoris_)?transformer[._]|^lora_te3_|^text_encoder_3\.|^text_encoders\.t5/,
    "a diffusion transformer (Stable Diffusion 3, FLUX …)",
  ],
  [
    /^((diffusion_model|lora_unet|lycoris)[._])?(blocks|layers)[._]\d/,
    "a diffusion transformer of video or pictures",
  ],
  [
    /^lora_te2[._]|^text_encoder_2\.|^text_encoders\.clip_g\./,
    "Stable Diffusion XL, which has two text encoders",
  ],
  [
    /(attentions[._]\d+|_blocks[._]\d+[._]\d+|middle_block[._]\d+)[._]transformer_blocks[._][1-9]/,
    "Stable Diffusion XL, whose attention blocks hold several transformers",
  ],
  [/^lora_prior_/, "Stable Cascade"],
  [/motion_modules/, "AnimateDiff's motion layers"],
];

/** Layers whose input is as wide as the text. */
const READS_TEXT = /(attn2[._]to_[kv]|self_attn[._][qkv]_proj|mlp[._]fc1)$/;

/** Values a token that a LoRA's text encoder or cross-attention has, null where it changes neither. */
function textWidthOf(weights: NamedWeights): number | null {
  for (const [name, { shape }] of weights) {
    const key = parseLoraKey(name);
    if (key?.part === "down" && READS_TEXT.test(key.layer)) return shape[1] ?? null;
  }
  return null;
}

/**
 * What a LoRA that does not fit seems to be made for, by its names and by the width of the text that it reads; null
 * where they say nothing. `textWidth` is the model's own.
 */
export function madeFor(weights: NamedWeights, textWidth: unknown): string | null {
  const names = [...weights.keys()];
  const foreign = FOREIGN.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (foreign) return foreign[1];
  const width = textWidthOf(weights);
  if (width === null || width === textWidth) return null;
  return `${familyOfWidth(width)}: it reads text ${width} wide, this model's is ${textWidth} wide`;
}
