import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { requireText } from "../../argument.ts";
import { FateZeroError } from "../../errors.ts";
import { removeLeftovers, replacePath, temporarySibling } from "../../files/index.node.ts";
import { checkedFrame, checkSameSize, TRANSPARENT } from "../given-frames.ts";
import type { Metadata } from "../metadata.ts";
import type { Frame, GivenFrame, Timing, Video, VideoSource, VideoWarning } from "../types.ts";
import { audioNotCopied } from "./audio.node.ts";
import { type ContainerContent, openContainerSink } from "./container-sink.node.ts";
import { openFolderSink } from "./folder-sink.node.ts";
import { openImageSink } from "./image-sink.node.ts";
import { checkFrameCount, checkFrameSize, checkOutput, type OutputTarget } from "./output.node.ts";
import { playTiming, startTime } from "./play-times.ts";
import type { FrameSink } from "./sink.ts";

/** What of a clip matters to a video that is to play like it. */
export type PlayLike = Timing & Partial<Pick<Video, "frames" | "kind" | "source">>;

/** How the written video plays: at `fps` frames a second, or as `like` does (at its times, if their number fits). */
export type WriteOptions = ({ readonly fps: number } | { readonly like: PlayLike }) & {
  /**
   * `"copy"`: the sound of the file that `like` was read from, unchanged, if the written video is as long as what was
   * read of it and the format takes it; otherwise a warning says why not. A `VideoSource`: the sound of that stretch.
   * Default: none.
   */
  readonly audio?: "copy" | "none" | VideoSource;
  /** Text to write into the file, for `readMetadata` to give back. */
  readonly metadata?: Metadata;
  /** Told what went otherwise than asked; by default nobody is. */
  readonly onWarning?: (warning: VideoWarning) => void;
  /** Stops writing: the promise rejects with the signal's reason and nothing is left on disk. */
  readonly signal?: AbortSignal;
};

async function openSink(
  target: OutputTarget,
  temporary: string,
  content: ContainerContent,
): Promise<FrameSink> {
  const { kind } = target;
  switch (kind) {
    case "folder":
      return await openFolderSink(temporary, content.metadata);
    case "mp4":
    case "mov":
    case "mkv":
    case "webm":
      return await openContainerSink(temporary, kind, content);
    case "gif":
    case "webp":
    case "apng":
    case "png":
    case "jpg":
      return openImageSink(temporary, kind, content);
    default:
      return kind satisfies never;
  }
}

/** The sound to copy, if any, for a video of `seconds`; warns where it was asked for and cannot be had. */
function soundFor(
  target: OutputTarget,
  options: WriteOptions,
  seconds: number | undefined,
  fps: number,
): ContainerContent["audio"] {
  const { audio = "none", onWarning } = options;
  if (audio === "none") return undefined;
  const like = "like" in options ? options.like : undefined;
  const source = audio === "copy" ? like?.source : audio;
  const refuse = (reason: string) => {
    onWarning?.(audioNotCopied(reason));
    return undefined;
  };
  const isSilent = source ? !source.hasAudio : like?.kind === "folder" || like?.kind === "image";
  if (isSilent) return undefined;
  if (!source) return refuse("it is not known which file the frames are from");
  if (!["mp4", "mov", "mkv", "webm"].includes(target.kind)) {
    return refuse(
      target.kind === "folder" ? "a folder of images has none" : `${target.kind} files have none`,
    );
  }
  if (source.isNamedOnly)
    return refuse(
      `only a saved inversion names "${source.path}", and what a file names is not opened by itself`,
    );
  const length = source.to - source.from;
  const played = seconds ?? length;
  if (Math.abs(played - length) > 1 / fps + 1e-6) {
    const [now, then] = [played, length].map((s) => `${s.toFixed(2)} s`);
    return refuse(`the video lasts ${now}, what it was made of ${then}`);
  }
  return { source, seconds: Math.min(played, length) };
}

function noFrames(output: string): FateZeroError {
  return new FateZeroError("no-frames", `There are no frames to write to "${output}".`, "Give at least one.");
}

function timesMended(): VideoWarning {
  return {
    code: "times-mended",
    message:
      "The times of the frames are such that no video can have them (equal, falling, or no times at all); they were put right.",
  };
}

/** Turns what the file system says while `step` runs into a message with a remedy; other errors pass. */
async function onDisk<T>(output: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw explain(error, output);
  }
}

function explain(error: unknown, output: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof FateZeroError || typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  return new FateZeroError(
    full ? "no-space" : "output-not-writable",
    `"${output}" could not be written: ${full ? "there is no space left" : (error as Error).message}. Nothing was changed.`,
    full ? "Free some space or choose another disk." : "Check the path and its permissions.",
    { cause: error },
  );
}

/**
 * Writes frames as a video, an image or a folder, by the end of `output`:
 * - `.mp4`, `.mov`, `.mkv`: H.264 yuv420p, bt709; `.webm`: VP9, the same; an odd side gets its last row or column twice;
 * - `.gif`, `.webp`, `.apng`: an animation, or a picture if there is one frame; `.png`, `.jpg`: one frame;
 * - `/`: a folder of lossless png files `00000.png` …, with the metadata in the first one.
 *
 * Missing parent folders are made. The result appears under its name only when it is complete; until then what was there
 * stays, and after a failure or an abort no part of it is left behind. Throws FateZeroError as `checkOutput` does, and
 * `bad-fps`, `no-frames`, `bad-frame`, `frame-size-differs`, `encode-failed`, `no-space`.
 *
 * @example
 * await writeVideo("blue.mp4", frames, { like: clip, audio: "copy", metadata: { prompt: "a blue car" } });
 */
export async function writeVideo(
  output: string,
  frames: readonly GivenFrame[] | AsyncIterable<GivenFrame>,
  options: WriteOptions,
): Promise<void> {
  const plays: Timing | undefined = options && "like" in options ? options.like : options;
  if (typeof plays !== "object" || plays === null)
    throw new FateZeroError(
      "bad-fps",
      `writeVideo does not know how fast "${output}" plays.`,
      "Give { fps } or { like: clip }.",
    );
  requireText(output, "writeVideo", "the path of the result");
  if (typeof frames !== "object" || frames === null) throw noFrames(output);
  const given = "length" in frames ? frames.length : undefined;
  const timing = playTiming(plays, given);
  const { signal, metadata, onWarning = () => {} } = options;
  if (timing.isMended) onWarning(timesMended());
  signal?.throwIfAborted();
  const target = await checkOutput(output, given === undefined ? {} : { frames: given });
  const expected = given ?? ("like" in options ? options.like.frames?.length : undefined);
  const audio = soundFor(target, options, expected && startTime(timing, expected), timing.fps);
  const temporary = temporarySibling(target.path);
  let sink: FrameSink | undefined;
  try {
    await onDisk(output, mkdir(dirname(target.path), { recursive: true }));
    await removeLeftovers(target.path);
    sink = await onDisk(output, openSink(target, temporary, { timing, metadata, audio, onWarning }));
    let first: Frame | undefined;
    let count = 0;
    let isTold = false;
    for await (const given of frames) {
      signal?.throwIfAborted();
      const { frame, isTransparent } = checkedFrame(given, count);
      first ??= frame;
      checkSameSize(frame, first, count++);
      if (isTransparent && !isTold) onWarning(TRANSPARENT);
      isTold ||= isTransparent;
      checkFrameCount(output, target, count);
      if (count === 1) checkFrameSize(output, target, first);
      await onDisk(output, sink.write(frame));
    }
    if (count === 0) {
      throw noFrames(output);
    }
    await onDisk(output, sink.finish());
    signal?.throwIfAborted();
    // Again: hours may have gone by, and somebody may have put a file into the folder.
    await checkOutput(output);
    await onDisk(output, replacePath(temporary, target.path, target.kind === "folder" ? "folder" : "file"));
  } catch (error) {
    await sink?.cancel();
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
