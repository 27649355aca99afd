import { type Inversion, latentsAt } from "../edit/index.ts";
import { decodeFrames, type Model } from "../pipeline/index.ts";
import type { Frame } from "../video/index.ts";
import { type Input, type Reading, readClip } from "./input.ts";

/** The frames that were inverted: read from the clip, or decoded from a saved inversion, which does not hold them. */
export async function sourceFrames(
  model: Model,
  input: Input,
  inversion: Inversion,
  options: Reading,
  signal: AbortSignal,
): Promise<readonly Frame[]> {
  if (input.kind === "inversion") return await decodeFrames(model, latentsAt(inversion, 0), { signal });
  const [height, width] = inversion.latents.shape.slice(-2) as [number, number];
  const { downscale } = model.vae;
  const size = { width: width * downscale, height: height * downscale };
  return (await readClip(input.path, size, options, signal)).frames;
}
