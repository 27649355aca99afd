import { defined } from "../defined.ts";
import {
  type EditResult,
  type Inversion,
  intoOriginals,
  keepsOriginal,
  type PlannedEdit,
} from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { count, formatBytes } from "../quantity.ts";
import type { HandMaskOptions, MountOptions } from "../request/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { checkOutput, openStream, type PlayLike, type ReadOptions } from "../video/index.node.ts";
import { cropRectangle, type Frame, parseCrop, type VideoWarning } from "../video/index.ts";
import type { Report } from "./events.ts";
import { openFineMasks } from "./fine-masks.ts";
import { namesInversion, type Reading } from "./input.ts";
import { maskPaths } from "./mask-paths.ts";
import { freeMemory } from "./memory.ts";
import type { Prepared } from "./prepared.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";

/** Pixels of the shorter side of what is cut out to be put back: less shows nothing that could be edited. */
const LEAST_CROP = 16;
/** Results whose frames are all in memory before they are coded, and then once more. */
const HELD = ["gif", "webp"];
const HELD_TWICE = 2;

/** How the frames are read that go into a result, which masks hold in them, and where it goes. */
export interface Mounting extends Reading, MountOptions, HandMaskOptions {
  readonly out: string;
}

/** Refuses, before anything is opened, what goes together with neither the originals nor the frames around. */
export function checkFullSize(
  request: MountOptions & Pick<Reading, "compat" | "stride"> & { readonly input: string },
): void {
  const asked = request.fullSize ? "fullSize" : request.keepRest ? "keepRest" : null;
  if (asked === null) return;
  if (namesInversion(request.input)) {
    throw usageError(
      say`${the(asked)} needs the video itself: the saved inversion "${request.input}" does not hold its frames.`,
      say`Give the video as the input, or ${leaveOut(asked)}.`,
    );
  }
  if (request.compat) {
    throw usageError(
      say`${the(asked)} has no place in the released code, whose results are squares of the size that it works at.`,
      say`${leaveOut(asked)}, or ${leaveOut("compat")}.`,
    );
  }
  if (request.keepRest && (request.stride ?? 1) > 1) {
    throw usageError(
      say`${the("keepRest")} and ${the("stride", request.stride)} do not go together: frames between those that are edited would stay as they are.`,
      say`${leaveOut("stride")}, or ${leaveOut("keepRest")}.`,
    );
  }
}

/** How the frames of a request are read that go into its result. */
function readingOf({ start, frames, fps, from, to, stride, background, deinterlace }: Mounting) {
  return {
    chosen: defined({ start, frames, from, to, stride }),
    looks: defined({ fps, background, deinterlace }),
  };
}

/** Places of the frames of a range; nothing is decoded. */
async function placesOf(path: string, options: ReadOptions): Promise<readonly number[]> {
  const stream = await openStream(path, options);
  stream.close();
  return stream.indices;
}

/** A result that is made of the input's frames, as it will be written. */
export interface Mounted {
  readonly width: number;
  readonly height: number;
  /** Places in the input of the frames that are edited. */
  readonly edited: readonly number[];
  /** Frames of the result. */
  readonly frames: number;
}

/** Refuses a result that would not fit into memory before it is coded. */
function checkHeld(out: string, kind: string, { width, height, frames }: Mounted): void {
  const bytes = HELD_TWICE * 3 * width * height * frames;
  const free = freeMemory();
  if (!HELD.includes(kind) || bytes <= free) return;
  throw new FateZeroError(
    "memory-too-small",
    `"${out}" is coded of all its frames at once: ${count(frames, "frame")} of ${width}x${height} pixels take about ${formatBytes(bytes)} of memory, and ${formatBytes(free)} are free.`,
    'Write a video (.mp4) or a folder of images (a path that ends in "/"), whose frames are coded one by one.',
  );
}

/**
 * Settles, before any work, what frames the result has where it is made of the input's; null where it is the edit alone. Tells
 * what it will be.
 */
export async function mountingOf(
  { input, size }: Pick<Prepared, "input" | "size">,
  request: Mounting,
  edit: PlannedEdit,
  { report, signal }: Session,
): Promise<Mounted | null> {
  const { fullSize, keepRest, crop, out } = request;
  if (input.kind === "inversion" || !(fullSize || keepRest)) return null;
  const { chosen, looks } = readingOf(request);
  const edited = await placesOf(input.path, { ...chosen, ...looks, signal });
  const all = keepRest ? await placesOf(input.path, { ...looks, signal }) : edited;
  if (keepRest && all.length === edited.length) {
    throw usageError(
      say`${the("keepRest")} would have no effect: all ${count(all.length, "frame")} of "${input.path}" are edited.`,
      say`Choose some of them with ${the("from")} and ${the("to")}, or ${leaveOut("keepRest")}.`,
    );
  }
  const { info } = input;
  if (fullSize && crop !== undefined) {
    const part = cropRectangle(info.width, info.height, parseCrop(crop));
    if (Math.min(part.width, part.height) < Math.min(LEAST_CROP, info.width, info.height)) {
      throw new FateZeroError(
        "bad-crop",
        say`${the("crop", crop)} leaves ${part.width}x${part.height} pixels to edit, too few to show anything.`,
        `Leave at least ${LEAST_CROP} pixels on either side.`,
      );
    }
  }
  const { width, height } = fullSize ? info : size;
  const mounted = { width, height, edited, frames: keepRest ? all.length : edited.length };
  const { kind } = await checkOutput(out, { frames: mounted.frames, size: mounted });
  checkHeld(out, kind, mounted);
  const of = keepRest ? `, ${edited.length} of them edited (from frame ${edited[0]} on)` : "";
  const text = `${width}x${height}, ${count(mounted.frames, "frame")}${of}`;
  report({ type: "fact", name: "size", text });
  if (fullSize && !keepsOriginal(edit)) {
    report({
      type: "warning",
      code: "nothing-kept",
      message: say`This edit changes the whole picture, so ${the("fullSize")} only enlarges it: ${size.width}x${size.height} pixels to the input's size, without its detail. A higher ${the("size")} has more.`,
    });
  }
  return mounted;
}

function changed(path: string): FateZeroError {
  return new FateZeroError(
    "input-changed",
    `"${path}" is not what it was when it was read for the edit: it has other frames now.`,
    "Leave the input as it is while the edit is made; the same command goes on where it was.",
  );
}

/** The edit's frames, each put into its original. */
interface EditAt {
  readonly frames: number;
  at(f: number, original: Frame): Promise<Frame>;
  /** Called where all of them came out as their originals. */
  readonly onUnchanged: () => void;
  close(): void;
}

/** Tells, once for a result however often it is written, that nothing of a person's mask was left behind its seam. */
export function tellUnchanged(report: Report): () => void {
  let isTold = false;
  return () => {
    if (isTold) return;
    isTold = true;
    report({
      type: "verdict",
      code: "nothing-changed",
      message: "Every pixel is the original's: the mask is narrower than the seam on both of its sides.",
      remedy: say`Draw ${the("mask")} some pixels wider.`,
    });
  };
}

const isSame = (a: Frame, b: Frame): boolean => a.data.every((value, i) => value === b.data[i]);

/**
 * The frames of a result that is made of the input's, which are read once more, each as it is asked for. One that cannot be
 * decoded is shown as that before it, so that those after it stay in time.
 */
async function* mount(
  path: string,
  stream: Awaited<ReturnType<typeof openStream>>,
  { edited, frames, width, height }: Mounted,
  editAt: EditAt,
): AsyncGenerator<Frame, void, undefined> {
  const isEdited = new Set(edited);
  const all = frames > edited.length;
  let f = 0;
  let last: Frame | undefined;
  let next = 0;
  let isChanged = false;
  try {
    for await (const { index, frame } of stream.frames) {
      if (frame.width !== width || frame.height !== height) throw changed(path);
      if (isEdited.has(index) && f === editAt.frames) throw changed(path);
      const shown: Frame = isEdited.has(index) ? await editAt.at(f++, frame) : frame;
      isChanged ||= isEdited.has(index) && !isSame(shown, frame);
      if (all) for (; next < index; next++) yield last ?? shown;
      yield shown;
      last = shown;
      next = index + 1;
    }
    if (f !== editAt.frames || !last) throw changed(path);
    if (all) for (; next < frames; next++) yield last;
    if (!isChanged) editAt.onUnchanged();
  } finally {
    stream.close();
    editAt.close();
  }
}

/** The edit at the originals' size, with the masks of a request as fine as they are. */
async function editAtFullSize(
  { input, size, inversion, result }: Made,
  request: Mounting,
  signal: AbortSignal,
  onUnchanged: () => void,
): Promise<EditAt> {
  const { crop } = request;
  const into = intoOriginals(inversion, result, crop === undefined ? {} : { crop: parseCrop(crop) });
  const fine = await openFineMasks(request, { input, size, reading: request }, signal);
  const at = async (f: number, original: Frame): Promise<Frame> => {
    if (!fine) return into(f, original);
    const marks = await fine.next();
    if (!marks) throw changed(maskPaths(request)[0]!);
    return into(f, original, marks);
  };
  const isDrawn = maskPaths(request).length > 0;
  return {
    ...{ frames: result.frames.length, at, close: () => fine?.close() },
    onUnchanged: isDrawn ? onUnchanged : () => {},
  };
}

/** An edit that was made, and of what. */
type Made = Pick<Prepared, "input" | "size"> & { readonly inversion: Inversion; readonly result: EditResult };

/** The frames of a mounted result, and how they play; to be closed, also where nobody goes through them. */
export async function mountedFrames(
  mounted: Mounted,
  made: Made,
  request: Mounting,
  signal: AbortSignal,
  { onWarning, onUnchanged }: { onWarning: (warning: VideoWarning) => void; onUnchanged: () => void },
): Promise<{ readonly frames: AsyncIterable<Frame>; readonly like: PlayLike; readonly close: () => void }> {
  const { fullSize, keepRest, crop } = request;
  const { path } = made.input;
  const { frames: edited } = made.result;
  const { chosen, looks } = readingOf(request);
  const editAt: EditAt = fullSize
    ? await editAtFullSize(made, request, signal, onUnchanged)
    : { frames: edited.length, at: async (f) => edited[f]!, onUnchanged: () => {}, close: () => {} };
  const stream = await openStream(path, {
    ...looks,
    ...(keepRest ? { onWarning } : chosen),
    ...(fullSize ? {} : { ...(crop === undefined ? {} : { crop: parseCrop(crop) }), fit: () => mounted }),
    signal,
  }).catch((error: unknown) => {
    editAt.close();
    throw error;
  });
  const frames = mount(path, stream, mounted, editAt);
  const close = (): void => {
    stream.close();
    editAt.close();
  };
  return { frames, like: keepRest ? stream.clip() : made.result, close };
}
