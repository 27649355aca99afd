import { defined } from "../../defined.ts";
import { FateZeroError } from "../../errors.ts";
import type { PixelWeight } from "../../metrics/index.ts";
import { count } from "../../quantity.ts";
import { CLIP, type EvalRequest, pickFields } from "../../request/index.ts";
import { say, the } from "../../say.ts";
import { readVideo } from "../../video/index.node.ts";
import { type Frame, parseCrop } from "../../video/index.ts";
import { readMask } from "../read-mask.ts";

/** The clips that an edit is measured with, all of the edit's size and length. */
export interface EvalInputs {
  readonly source: readonly Frame[];
  readonly edited: readonly Frame[];
  readonly truth: readonly Frame[] | null;
  readonly mask: PixelWeight | null;
}

/** What a mask's value is above where it is white. */
const WHITE = 0.5;

function lengthDiffers(path: string, frames: number, edited: number): FateZeroError {
  return new FateZeroError(
    "eval-length",
    `"${path}" has ${count(frames, "frame")}, and the edit has ${edited}.`,
    say`Choose those that were edited, by ${the("frames")}, ${the("start")} and ${the("stride")} as for the edit.`,
  );
}

/**
 * Reads what an edit is measured with, scaled to its size: of the source the frames that the request names.
 *
 * @throws FateZeroError `eval-length`, and those of `readVideo`
 */
export async function readEvalInputs(request: EvalRequest, signal: AbortSignal): Promise<EvalInputs> {
  const { frames: edited } = await readVideo(request.edited, { signal });
  const { width, height } = edited[0]!;
  const fit = () => ({ width, height });
  const { crop, ...range } = pickFields(CLIP, request);
  const cut = defined({ crop: crop === undefined ? undefined : parseCrop(crop) });
  const { frames: source } = await readVideo(request.input, { ...range, ...cut, fit, signal });
  if (source.length !== edited.length) throw lengthDiffers(request.input, source.length, edited.length);
  const beside = async (path: string | undefined): Promise<readonly Frame[] | null> =>
    path === undefined ? null : (await readVideo(path, { fit, signal })).frames;
  const truth = await beside(request.truth);
  if (truth && truth.length !== edited.length)
    throw lengthDiffers(request.truth!, truth.length, edited.length);
  const masks =
    request.mask === undefined ? null : await readMask(request.mask, { width, height }, { signal });
  const count = masks?.shape[0];
  if (count !== undefined && count !== edited.length && count !== 1)
    throw lengthDiffers(request.mask!, count, edited.length);
  const pixels = width * height;
  const mask: PixelWeight | null =
    masks && ((f, i) => Number(masks.data[(count === 1 ? 0 : f * pixels) + i]! > WHITE));
  return { source, edited, truth, mask };
}
