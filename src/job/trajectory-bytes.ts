import type { NullTextOptions } from "../request/index.ts";
import type { Prepared } from "./prepared.ts";

/** Bytes of the latents that an inversion leaves, one entry a step and the clean one: float32 in files. */
export function trajectoryBytes({ model, terms, size }: Prepared, frames: number): number {
  const { downscale, latentChannels } = model.vae;
  const entry = latentChannels * frames * (size.width / downscale) * (size.height / downscale);
  return 4 * entry * (terms.steps + 1);
}

/** Bytes of the texts that null-text inversion leaves, one for each step, for all frames or for each. */
export function nullTextBytes(
  { model, terms }: Prepared,
  { nullText, nullTextPerFrame }: NullTextOptions,
  frames: number,
): number {
  if (nullText === undefined) return 0;
  const texts = terms.steps * (nullTextPerFrame ? frames : 1);
  return 4 * texts * model.tokenizer.maxLength * model.unet.textWidth;
}

/** Bytes of the states that a run keeps at least: its inversion's latents, where it makes one, and those that they replace. */
export function keptBytes(prepared: Prepared, frames: number): number {
  return prepared.input.kind === "clip" ? 2 * trajectoryBytes(prepared, frames) : 0;
}
