import { defined } from "../../defined.ts";
import {
  type ClipFlow,
  type ClipScores,
  clipFlow,
  type EditMeasures,
  measureClips,
  type PixelWeight,
  scoreWithClip,
} from "../../metrics/index.ts";
import { type ClipModel, decodeFrames, encodeFrames, type Model } from "../../pipeline/index.ts";
import { readVideo } from "../../video/index.node.ts";
import { type Frame, parseCrop } from "../../video/index.ts";
import type { BenchEdit } from "./clips.ts";

/** The numbers of a cell, as `fatezero eval --json` has them. */
export interface CellMeasures {
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly clip: ClipScores | null;
  readonly pixels: EditMeasures;
}

/** An edit with what its results are measured against, at the size of one of them. */
export interface Measuring {
  readonly source: readonly Frame[];
  readonly truth: readonly Frame[] | null;
  readonly measure: (edited: readonly Frame[]) => Promise<CellMeasures>;
}

/** A frame's luma above which a mask is white there. */
const WHITE = 127;

/**
 * What was to change: the object before and after, for a background all but the object. The same for every method, as scores
 * of the kept part mostly tell who pasted the mask. Null where all may change, or nobody knows.
 */
function maskOf(kind: string | null, masks: readonly (readonly Frame[])[]): PixelWeight | null {
  if (masks.length === 0) return null;
  const isObject = (f: number, i: number): boolean =>
    masks.some((frames) => frames[Math.min(f, frames.length - 1)]!.data[3 * i]! > WHITE);
  switch (kind) {
    case "attribute":
    case "shape":
      return (f, i) => Number(isObject(f, i));
    case "background":
      return (f, i) => Number(!isObject(f, i));
    default:
      return null;
  }
}

/** What a bench measures with: the model's VAE for the bound of what is kept, and a CLIP where there is one. */
export interface Judges {
  readonly model: Model;
  readonly clip: ClipModel | null;
  /** Motion of a source by its frames: it is the same for all methods. */
  readonly flows: Map<string, ClipFlow>;
}

/** Reads what the results of an edit of this size and length are measured with. */
export async function measuringOf(
  { input, stride, source: sourcePrompt, target: targetPrompt, kind, masks, truth }: BenchEdit,
  { width, height, frames }: { readonly width: number; readonly height: number; readonly frames: number },
  { model, clip, flows }: Judges,
  signal: AbortSignal,
): Promise<Measuring> {
  // Where a method cuts a square, the others' source is cut alike for it.
  const cut = { crop: parseCrop(`${width}:${height}`), fit: () => ({ width, height }), frames, signal };
  const read = async (path: string): Promise<readonly Frame[]> =>
    (await readVideo(path, { ...cut, stride })).frames;
  const source = await read(input);
  const perfect = truth === null ? null : await read(truth);
  const objects: (readonly Frame[])[] = [];
  for (const path of masks) objects.push(await read(path));
  const key = JSON.stringify([input, stride, width, height, frames]);
  const flow = flows.get(key) ?? (await clipFlow(source, { signal }));
  flows.set(key, flow);
  const bound = async (): Promise<readonly Frame[] | null> => {
    if (width % model.vae.downscale !== 0 || height % model.vae.downscale !== 0) return null;
    const latents = await encodeFrames(model, source, { signal });
    return await decodeFrames(model, latents, { signal });
  };
  const mask = maskOf(kind, objects);
  const shown = mask && (await bound());
  return {
    source,
    truth: perfect,
    async measure(edited) {
      const clips = { source, edited, sourcePrompt, targetPrompt };
      return {
        ...{ frames, width, height },
        clip: clip && (await scoreWithClip(clip, clips, defined({ signal }))),
        pixels: measureClips({ source, edited, flow, mask, truth: perfect, bound: shown }),
      };
    },
  };
}
