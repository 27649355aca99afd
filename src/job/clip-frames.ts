import { defined } from "../defined.ts";
import { checkCuts } from "../pipeline/index.ts";
import type { ClipOptions, HandMaskOptions, SceneOptions } from "../request/index.ts";
import { openStream } from "../video/index.node.ts";
import { maskLengthDiffers, rolesOf } from "./hand-masks.ts";

/** How many frames a range of a clip has by its container. Nothing is decoded. Throws FateZeroError `bad-frame-range`, and as `readVideo`. */
export async function countFrames(
  path: string,
  { frames, start, stride, fps, from, to }: ClipOptions,
  signal: AbortSignal,
): Promise<number> {
  const stream = await openStream(path, { ...defined({ frames, start, stride, fps, from, to }), signal });
  stream.close();
  return stream.indices.length;
}

/** How many of them can be decoded, each looked at and let go. */
async function countDecoded(
  path: string,
  { frames, start, stride, fps, from, to }: ClipOptions,
  signal: AbortSignal,
): Promise<number> {
  const stream = await openStream(path, { ...defined({ frames, start, stride, fps, from, to }), signal });
  try {
    let count = 0;
    for await (const _ of stream.frames) count++;
    return count;
  } finally {
    stream.close();
  }
}

/**
 * Refuses, before a model is opened, what does not go with the number of a clip's frames: a range beyond them, scenes that begin
 * beyond the range, masks for another number of frames.
 *
 * @throws FateZeroError `bad-frame-range`, `bad-option`, `mask-length`, and as `readVideo`
 */
export async function checkFrames(
  path: string,
  request: ClipOptions & SceneOptions & HandMaskOptions,
  signal: AbortSignal,
): Promise<void> {
  const frames = await countFrames(path, request, signal);
  const { scenes } = request;
  if (typeof scenes === "object") checkCuts(scenes, frames);
  for (const { role, path: mask } of rolesOf(request)) {
    const own = await countFrames(mask, {}, signal);
    if (own === 1 || own === frames) continue;
    const all = await countFrames(path, {}, signal);
    // A mask of a damaged clip may have been made of the frames that it still has.
    if (own === all || own === (await countDecoded(path, request, signal))) continue;
    // So may a mask be damaged, and have fewer frames than its container says.
    if ((await countDecoded(mask, {}, signal)) === frames) continue;
    throw maskLengthDiffers(role, mask, own, { frames, all });
  }
}
