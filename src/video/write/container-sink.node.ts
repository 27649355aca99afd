import { writeFile } from "node:fs/promises";
import type { Output, OutputFormat, VideoSampleSource } from "mediabunny";
import { FateZeroError } from "../../errors.ts";
import { loadFfmpeg, type Mediabunny } from "../codecs.node.ts";
import { BT709_LIMITED } from "../color/color.ts";
import { rgbToYuv420 } from "../color/rgb-to-yuv.ts";
import { encodeMetadata, type Metadata } from "../metadata.ts";
import type { Frame, Timing, VideoSource, VideoWarning } from "../types.ts";
import { type AudioCopy, openAudioCopy } from "./audio.node.ts";
import { clearMp4Dates } from "./mp4-times.ts";
import { startTime } from "./play-times.ts";
import type { ContainerKind, FrameSink } from "./sink.ts";

/** What goes into a container beside the frames. */
export interface ContainerContent {
  readonly timing: Timing;
  readonly metadata: Metadata | undefined;
  /** Sound to copy, at most `seconds` of it. */
  readonly audio: { readonly source: VideoSource; readonly seconds: number } | undefined;
  readonly onWarning: (warning: VideoWarning) => void;
}

const BT709_TAGS = { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false } as const;

/**
 * Constant quantizers, at which the loss lies below that of 4:2:0 on drawings and is not seen on photographs: H.264's
 * (0 lossless … 51) and VP9's (0 … 63).
 */
const QUANTIZERS = { avc: 16, vp9: 15 } as const;
const NAMES = { avc: "H.264", vp9: "VP9" } as const;
type Codec = keyof typeof QUANTIZERS;

function formatOf(mediabunny: Mediabunny, kind: ContainerKind): OutputFormat {
  switch (kind) {
    case "mp4":
      return new mediabunny.Mp4OutputFormat({ fastStart: "in-memory" });
    case "mov":
      return new mediabunny.MovOutputFormat({ fastStart: "in-memory" });
    case "mkv":
      return new mediabunny.MkvOutputFormat();
    case "webm":
      return new mediabunny.WebMOutputFormat();
    default:
      return kind satisfies never;
  }
}

async function encoding(codec: Codec, step: Promise<void>): Promise<void> {
  try {
    await step;
  } catch (cause) {
    throw new FateZeroError(
      "encode-failed",
      `The ${NAMES[codec]} encoder gave up: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Write a folder of images instead (a path that ends in "/").',
      { cause },
    );
  }
}

function videoSource(mediabunny: Mediabunny, codec: Codec): VideoSampleSource {
  return new mediabunny.VideoSampleSource({
    codec,
    quality: new mediabunny.Quality({ quantizer: QUANTIZERS[codec] }),
  });
}

async function addFrame(
  mediabunny: Mediabunny,
  source: VideoSampleSource,
  codec: Codec,
  frame: Frame,
  [timestamp, end]: readonly [number, number],
): Promise<void> {
  const { width, height, y, u, v } = rgbToYuv420(frame, BT709_LIMITED);
  const planes = new Uint8Array(y.length + u.length + v.length);
  planes.set(y);
  planes.set(u, y.length);
  planes.set(v, y.length + u.length);
  const sample = new mediabunny.VideoSample(planes, {
    format: "I420",
    codedWidth: width,
    codedHeight: height,
    timestamp,
    duration: end - timestamp,
    colorSpace: BT709_TAGS,
  });
  try {
    await encoding(codec, source.add(sample));
  } finally {
    sample.close();
  }
}

/**
 * H.264 in mp4, mov and mkv as browsers and QuickTime play it (`avc1`, yuv420p, even sides, bt709 limited, mp4's and
 * mov's index before the data), VP9 in webm. The coded file is kept in memory until `finish`, which writes it to `path`.
 */
export async function openContainerSink(
  path: string,
  kind: ContainerKind,
  { timing, metadata, audio, onWarning }: ContainerContent,
): Promise<FrameSink> {
  const ffmpeg = await loadFfmpeg();
  const { mediabunny } = ffmpeg;
  const codec: Codec = kind === "webm" ? "vp9" : "avc";
  const target = new mediabunny.BufferTarget();
  const output: Output = new mediabunny.Output({ format: formatOf(mediabunny, kind), target });
  const source = videoSource(mediabunny, codec);
  // A frame rate would move the frames of a varying one to its grid.
  output.addVideoTrack(source, timing.timestamps ? {} : { frameRate: timing.fps });
  if (metadata) output.setMetadataTags({ comment: encodeMetadata(metadata) });
  let sound: AudioCopy | undefined;
  if (audio)
    sound = await openAudioCopy(ffmpeg, audio.source, { output, kind, end: audio.seconds, onWarning });
  try {
    await output.start();
  } catch (error) {
    await sound?.close();
    throw error;
  }
  let count = 0;

  const write = async (frame: Frame) => {
    const times = [startTime(timing, count), startTime(timing, count + 1)] as const;
    await addFrame(mediabunny, source, codec, frame, times);
    await sound?.copyUpTo(times[1]);
    count++;
  };
  const finish = async () => {
    await sound?.close();
    await encoding(codec, output.finalize());
    const file = new Uint8Array(target.buffer!);
    if (kind === "mp4" || kind === "mov") clearMp4Dates(file);
    await writeFile(path, file);
  };
  const cancel = async () => {
    await sound?.close();
    if (output.state !== "finalized") await output.cancel().catch(() => {});
  };
  return { write, finish, cancel };
}
