/** Clips whose perfect edits are known, and how close a result comes to them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Frame, readVideo, type Video } from "../src/index.ts";
import { type PixelWeight, psnr } from "../src/metrics/index.ts";

/** One edit of a clip with what it should give. Paths are folders of PNGs. */
export interface TruthCase {
  readonly clip: string;
  readonly id: string;
  readonly kind: string;
  readonly prompt: string;
  readonly target: string;
  readonly source: string;
  readonly truth: string;
  /** The object before and after. */
  readonly masks: readonly [before: string, after: string];
}

interface ClipFile {
  readonly prompt: string;
  readonly edits: readonly { readonly id: string; readonly kind: string; readonly prompt?: string }[];
}

export const OWN_CLIPS = fileURLToPath(new URL("../test/clips", import.meta.url));

/**
 * The cases of a folder of clips: source/*.png, mask/*.png, clip.json, and per edit a folder with frames/ and mask/.
 * Edits by regions have no single target, and clips named `…-48` are there for their length: both are left out.
 */
export async function readCases(root: string): Promise<TruthCase[]> {
  const cases: TruthCase[] = [];
  for (const clip of (await readdir(root)).sort()) {
    const text = await readFile(join(root, clip, "clip.json"), "utf8").catch(() => null);
    if (text === null || clip.endsWith("-48")) continue;
    const { prompt, edits }: ClipFile = JSON.parse(text);
    const at = (path: string): string => join(root, clip, path);
    for (const { id, kind, prompt: target } of edits) {
      if (target === undefined) continue;
      cases.push({
        ...{ clip, id, kind, prompt, target, source: at("source"), truth: at(`${id}/frames`) },
        masks: [at("mask"), at(`${id}/mask`)],
      });
    }
  }
  return cases;
}

/** The way back: the perfect edit is the source, and the source what the edit of it should give. */
export function reversed({ id, prompt, target, source, truth, masks, ...rest }: TruthCase): TruthCase {
  return {
    ...{ ...rest, id: `${id} back`, prompt: target, target: prompt, source: truth, truth: source },
    masks: [masks[1], masks[0]],
  };
}

/** PSNR in dB to the perfect edit. */
export interface Score {
  /** In the part that should change. */
  readonly changed: number;
  /** The untouched source's there. */
  readonly before: number;
  /** In the part that should stay, null where everything changes. */
  readonly kept: number | null;
}

const bright = (frame: Frame, pixel: number): boolean => frame.data[3 * pixel]! > 127;

/**
 * Scores frames made from a case's source, all of which were read with this stride. The part that should change is the
 * object as it is or was; for a background all but that; for a style everything.
 */
export async function scoreFrames(
  { kind, truth: folder, masks }: TruthCase,
  source: Video,
  frames: readonly Frame[],
  stride: number,
): Promise<Score & { readonly truth: Video }> {
  const [truth, before, after] = await Promise.all(
    [folder, ...masks].map((path) => readVideo(path, { stride })),
  );
  const object: PixelWeight = (f, i) => Number(bright(before!.frames[f]!, i) || bright(after!.frames[f]!, i));
  const outside: PixelWeight = (f, i) => 1 - object(f, i);
  const changed: PixelWeight = kind === "style" ? () => 1 : kind === "background" ? outside : object;
  const stays: PixelWeight | null = kind === "style" ? null : kind === "background" ? object : outside;
  return {
    changed: psnr(frames, truth!.frames, changed)!,
    before: psnr(source.frames, truth!.frames, changed)!,
    kept: stays ? psnr(frames, truth!.frames, stays) : null,
    truth: truth!,
  };
}
