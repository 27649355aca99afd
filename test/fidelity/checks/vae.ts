import { join } from "node:path";
import { decodeLatents } from "../../../src/pipeline/index.ts";
import { concat0, type FloatTensor, floatTensor, slice0 } from "../../../src/tensor/index.ts";
import { readVideo } from "../../../src/video/index.node.ts";
import { compatFrames } from "../../../src/video/index.ts";
import type { Bench } from "../bench.ts";
import { latentMark, MARKS } from "../marks.ts";
import { gauge, type Row } from "../rows.ts";
import { clipAt } from "../stored.ts";

/** The case's frames in −1…1 as the released code cuts them; null where that is not to be reproduced. */
async function ownFrames({ root, settings }: Bench): Promise<FloatTensor | null> {
  const { frames, size, frameCount } = settings;
  if (frames === null || size === null) return null;
  const clip = await readVideo(join(root, frames), {
    ...(frameCount < 0 ? {} : { frames: frameCount }),
    background: "none",
  });
  return compatFrames(clip.frames, { size });
}

/** The posterior's mean, not scaled: what the reference stores. Frame by frame, to bound memory. */
async function encode({ model }: Bench, images: FloatTensor): Promise<FloatTensor> {
  const graph = await model.openEncoder();
  const means: FloatTensor[] = [];
  for (let f = 0; f < images.shape[0]!; f++)
    means.push((await graph.run({ images: slice0(images, f, f + 1) })).mean);
  return concat0(means);
}

/** Images [F, 3, H, W] in −1…1 as the reference stores its results: [F, H, W, 3] in 0…1. */
function toPictures({ shape, data }: FloatTensor): FloatTensor {
  const [frames, channels, height, width] = shape as [number, number, number, number];
  const pixels = height * width;
  const out = floatTensor([frames, height, width, channels]);
  for (let f = 0; f < frames; f++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < pixels; p++) {
        const value = data[(f * channels + c) * pixels + p]! / 2 + 0.5;
        out.data[(f * pixels + p) * channels + c] = Math.min(1, Math.max(0, value));
      }
    }
  }
  return out;
}

/** Frames to latents. */
export async function checkEncoding(bench: Bench): Promise<Row[]> {
  const { stored, model } = bench;
  const frames = gauge("loaded frames", "clip");
  const mean = gauge("VAE mean", "clip");
  const start = gauge("first latents", "clip");
  const images = stored.find("images");
  const expected = stored.find("vae/mean");
  const loaded = images || expected ? await ownFrames(bench) : null;
  // Images are stored in −1…1: twice the range that the mark is for.
  if (images && loaded) frames.add(loaded, images, 2 * MARKS.frames);
  const input = images ?? loaded;
  if (expected && input) mean.add(await encode(bench, input), expected, MARKS.vaeMean);
  const z = stored.find("vae/z");
  const trajectory = stored.find("inv/latents");
  if (z && trajectory) {
    const scaled = z.data.map((value) => value * model.vae.scalingFactor);
    const first = clipAt(trajectory, 0, 0);
    start.add({ data: scaled }, first, latentMark(first));
  }
  return [...frames.rows(), ...mean.rows(), ...start.rows()];
}

/** Latents to frames. */
export async function checkDecoding(bench: Bench): Promise<Row[]> {
  const { stored, model, settings } = bench;
  const rows = gauge("decoded frames", "clip");
  const decode = async (latents: FloatTensor, name: string): Promise<void> =>
    rows.add(toPictures(await decodeLatents(model, latents)), stored.get(name), MARKS.frames, name);
  if (stored.has("vae/reconstruction", "inv/latents"))
    await decode(clipAt(stored.get("inv/latents"), 0, 0), "vae/reconstruction");
  if (stored.has("edit/frames", "edit/latents"))
    await decode(clipAt(stored.get("edit/latents"), settings.steps, 0), "edit/frames");
  return rows.rows();
}
