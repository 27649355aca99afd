import { defined } from "../defined.ts";
import { type GivenMask, type GivenMasks, maskShapeDiffers, sameShape } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { count } from "../quantity.ts";
import type { HandMaskOptions } from "../request/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import { probeVideo, type VideoInfo } from "../video/index.node.ts";
import { type Crop, cropRectangle, type FrameRange, parseCrop, parseTime } from "../video/index.ts";
import { asPhase } from "./as-phase.ts";
import { frameCount, type Reading, readClip, type Size } from "./input.ts";
import type { Prepared } from "./prepared.ts";
import { readMask } from "./read-mask.ts";
import type { Session } from "./session.ts";
import { tellWarnings } from "./video-warning.ts";

/** What a mask is for: the field that names it and, of a region, its words. */
interface Role {
  readonly field: "mask" | "protect" | "regions";
  readonly words?: string;
}

/** What a mask is made for. */
export interface MaskedClip extends Pick<Prepared, "input" | "size"> {
  readonly reading: Reading;
}

const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

/** How a mask is cut: as the clip is where it was made of whole frames, not at all where of what is edited. */
function cropOf(path: string, mask: Size, { input, size, reading }: MaskedClip): Crop {
  if (input.kind === "inversion") {
    if (sameShape(mask, size)) return "none";
    throw maskShapeDiffers(`"${path}"`, [mask.width, mask.height], size);
  }
  const { info } = input;
  const crop = parseCrop(reading.crop ?? "none");
  const part = cropRectangle(info.width, info.height, crop);
  if (sizeText(mask) === sizeText(info)) return crop;
  if (sameShape(mask, part) || sameShape(mask, size)) return "none";
  if (!sameShape(mask, info)) throw maskShapeDiffers(`"${path}"`, [mask.width, mask.height], info);
  const across = (pixels: number): number => Math.round((pixels * mask.width) / info.width);
  const down = (pixels: number): number => Math.round((pixels * mask.height) / info.height);
  return {
    left: across(part.left),
    right: across(info.width - part.left - part.width),
    top: down(part.top),
    bottom: down(info.height - part.top - part.height),
  };
}

/** How many frames are edited, counted where the header only estimates it. */
async function editedFrames({ input, size, reading }: MaskedClip, signal: AbortSignal): Promise<number> {
  if (input.kind === "inversion" || input.info.kind !== "video") return frameCount(input, reading);
  return (await readClip(input.path, size, reading, signal)).frames.length;
}

/** Times of frames are often rounded to milliseconds. */
const EARLY = 1e-3;

/** Frames of a mask of the whole clip: those that are edited; null where it is no such mask. */
function rangeOf(mask: VideoInfo, { input, reading }: MaskedClip, expected: number): FrameRange | null {
  if (input.kind === "inversion" || mask.frameCount !== input.info.frameCount) return null;
  const { frames, start, stride, from, to } = reading;
  if (mask.kind === "video") return defined({ frames, start, stride, from, to });
  // Pictures have no times of their own: they are the clip's.
  const first = from === undefined ? start : Math.ceil((parseTime(from) - EARLY) * input.info.fps);
  return defined({ frames: expected, start: first, stride });
}

/** What a mask is told that is neither for the frames that are edited nor for all of the clip. */
export function maskLengthDiffers(
  { field, words }: Role,
  path: string,
  own: number,
  { frames, all }: { readonly frames: number; readonly all: number },
): FateZeroError {
  const orAll = all === frames ? "" : `, or one for each of the ${all} of the whole clip`;
  return new FateZeroError(
    "mask-length",
    say`${the(field, words)} "${path}" has ${count(own, "frame")}, and ${frames} are edited.`,
    say`Give one picture for all frames, or one for each that is edited${orAll}; or ${leaveOut(field, words)}.`,
  );
}

/** The masks that a request names, and what each is for. */
export function rolesOf({
  mask,
  protect,
  regions = [],
}: HandMaskOptions): readonly { readonly role: Role; readonly path: string }[] {
  const all: readonly (readonly [Role, string | undefined])[] = [
    [{ field: "mask" }, mask],
    [{ field: "protect" }, protect],
    ...regions.map(({ words, mask: own }) => [{ field: "regions", words }, own] as const),
  ];
  return all.flatMap(([role, path]) => (path === undefined ? [] : [{ role, path }]));
}

/** How a mask is read for the frames that are edited: what is cut off, which of its frames, and the pixels that are left. */
export async function maskReading(path: string, clip: MaskedClip) {
  const info = await probeVideo(path);
  const crop = cropOf(path, info, clip);
  const expected = frameCount(clip.input, clip.reading);
  const whole = info.frameCount === expected ? null : rangeOf(info, clip, expected);
  return {
    options: { crop, ...whole },
    part: cropRectangle(info.width, info.height, crop),
    /** Whether it is one picture for all frames. */
    isStill: info.frameCount === 1,
  };
}

async function readRole(
  role: Role,
  path: string,
  clip: MaskedClip,
  { signal, report }: Session,
): Promise<FloatTensor> {
  const { options } = await maskReading(path, clip);
  const expected = frameCount(clip.input, clip.reading);
  const mask = await readMask(path, clip.size, { ...options, signal, onWarning: tellWarnings(report) });
  const own = mask.shape[0]!;
  if (own === 1 || own === expected || own === (await editedFrames(clip, signal))) return mask;
  const all = clip.input.kind === "clip" ? clip.input.info.frameCount : expected;
  throw maskLengthDiffers(role, path, own, { frames: expected, all });
}

/** Tells what a mask was found to be. */
function describe(path: string, { shape, data }: FloatTensor): string {
  const white = (100 * data.reduce((sum, value) => sum + value, 0)) / data.length;
  const [frames, height, width] = shape as [number, number, number];
  const of = frames === 1 ? "one picture for all frames" : count(frames, "frame");
  return `${path}: ${of}, at ${sizeText({ width, height })} ${white.toFixed(1)} % white`;
}

/**
 * Reads the masks that a request names, for the whole picture and for its regions, at the size that is edited and with a
 * frame for each or for all, before any work.
 *
 * @throws FateZeroError `mask-length`, `mask-shape`, and those of `readVideo`
 */
export async function readHandMasks(
  { mask, maskMode, protect, regions }: HandMaskOptions,
  { input, size }: Pick<Prepared, "input" | "size">,
  reading: Reading,
  session: Session,
): Promise<GivenMasks> {
  const clip = { input, size, reading };
  const read = async (role: Role, path: string | undefined): Promise<FloatTensor | undefined> => {
    if (path === undefined) return undefined;
    const found = await asPhase(session.report, "read", () => readRole(role, path, clip, session), path);
    const { field, words } = role;
    const text = `${words === undefined ? "" : `${words}, `}${describe(path, found)}`;
    session.report({ type: "fact", name: field, text });
    return found;
  };
  const parts = [];
  for (const { mask: path, words, prompt } of regions ?? [])
    parts.push({ words, prompt, ...defined({ mask: await read({ field: "regions", words }, path) }) });
  return {
    ...defined({ mask: await read({ field: "mask" }, mask), maskMode }),
    ...defined({ protect: await read({ field: "protect" }, protect) }),
    ...(regions ? { regions: parts } : {}),
  };
}

/** Masks of some of the frames; those that serve all stay. */
export function masksAt(
  { mask, protect, regions, ...others }: GivenMasks,
  frames: readonly number[],
): GivenMasks {
  const some = (given: GivenMask | undefined): GivenMask | undefined => {
    if (given === undefined || Array.isArray(given)) return given;
    const { shape } = given as FloatTensor;
    if (shape[0] === 1) return given;
    const parts = frames.map((f) => slice0(given as FloatTensor, f, f + 1).data);
    const data = new Float32Array(parts.length * parts[0]!.length);
    for (const [k, part] of parts.entries()) data.set(part, k * part.length);
    return floatTensor([frames.length, ...shape.slice(1)], data);
  };
  const parts = regions?.map((region) => ({ ...region, ...defined({ mask: some(region.mask) }) }));
  return { ...others, ...defined({ mask: some(mask), protect: some(protect), regions: parts }) };
}
