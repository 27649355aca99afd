import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FateZeroError } from "../errors.ts";
import { openFolderSink } from "./folder-sink.node.ts";
import { openMp4Sink } from "./mp4-sink.node.ts";
import { checkOutput, type OutputTarget } from "./output.node.ts";
import { replacePath, temporarySibling } from "./replace.node.ts";
import type { FrameSink } from "./sink.ts";
import type { Frame, Video } from "./types.ts";

/** How the written video plays: at `fps` frames a second, or as `like` does. */
export type WriteOptions = ({ readonly fps: number } | { readonly like: Video }) & {
  /** Stops writing: the promise rejects with the signal's reason and nothing is left on disk. */
  readonly signal?: AbortSignal;
};

async function openSink(target: OutputTarget, temporary: string, fps: number): Promise<FrameSink> {
  switch (target.kind) {
    case "folder":
      return await openFolderSink(temporary);
    case "mp4":
      return await openMp4Sink(temporary, fps);
    default:
      return target satisfies never;
  }
}

function checkFrame(frame: Frame, first: Frame, index: number): void {
  const { width, height } = first;
  if (frame.width !== width || frame.height !== height || frame.data.length !== width * height * 3) {
    throw new FateZeroError(
      "frame-size-differs",
      `Frame ${index} has ${frame.width}x${frame.height} pixels and ${frame.data.length} values, but frame 0 has ${width}x${height} pixels.`,
      "Give all frames the same size, with three values a pixel.",
    );
  }
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
 * Writes frames as a video (`.mp4`: H.264 yuv420p, bt709; an odd side gets its last row or column twice) or, when
 * `output` ends in "/", as a folder of lossless png files `00000.png` …. Missing parent folders are made. The result
 * appears under its name only when it is complete; until then what was there stays, and after a failure or an abort
 * no part of it is left behind. Throws FateZeroError as `checkOutput` does, and `bad-fps`, `no-frames`,
 * `frame-size-differs`, `no-space`.
 *
 * @example
 * await writeVideo("blue.mp4", frames, { like: clip });
 */
export async function writeVideo(
  output: string,
  frames: readonly Frame[] | AsyncIterable<Frame>,
  options: WriteOptions,
): Promise<void> {
  const fps = "fps" in options ? options.fps : options.like.fps;
  if (!(Number.isFinite(fps) && fps > 0)) {
    throw new FateZeroError("bad-fps", `"fps" is ${fps}.`, "Give a number of frames a second above 0.");
  }
  const { signal } = options;
  signal?.throwIfAborted();
  const target = await checkOutput(output);
  const temporary = temporarySibling(target.path);
  let sink: FrameSink | undefined;
  try {
    await onDisk(output, mkdir(dirname(target.path), { recursive: true }));
    sink = await onDisk(output, openSink(target, temporary, fps));
    let first: Frame | undefined;
    let count = 0;
    for await (const frame of frames) {
      signal?.throwIfAborted();
      first ??= frame;
      checkFrame(frame, first, count++);
      await onDisk(output, sink.write(frame));
    }
    if (count === 0) {
      throw new FateZeroError(
        "no-frames",
        `There are no frames to write to "${output}".`,
        "Give at least one.",
      );
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
