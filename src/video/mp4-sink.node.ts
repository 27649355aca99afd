import { writeFile } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { tagAvcConfig } from "./avc-color.ts";
import { loadCodecs } from "./codecs.node.ts";
import { BT709_LIMITED } from "./color.ts";
import { clearMp4Dates } from "./mp4-times.ts";
import { rgbToYuv420 } from "./rgb-to-yuv.ts";
import type { FrameSink } from "./sink.ts";
import type { Frame } from "./types.ts";

const BT709_TAGS = { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false } as const;

/**
 * H.264's constant quantizer (0 lossless … 51): at 16 the loss lies below that of 4:2:0 on drawings and is not seen on
 * photographs.
 */
const QUANTIZER = 16;

async function encoding(step: Promise<void>): Promise<void> {
  try {
    await step;
  } catch (cause) {
    throw new FateZeroError(
      "encode-failed",
      `The H.264 encoder gave up: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Write a folder of images instead (a path that ends in "/").',
      { cause },
    );
  }
}

/**
 * H.264 in mp4 as browsers and QuickTime play it: `avc1`, yuv420p, even sides, bt709 limited, index before the data.
 * The coded file is kept in memory until `finish`, which writes it to `path`.
 */
export async function openMp4Sink(path: string, fps: number): Promise<FrameSink> {
  const mediabunny = await loadCodecs();
  const target = new mediabunny.BufferTarget();
  const output = new mediabunny.Output({
    format: new mediabunny.Mp4OutputFormat({ fastStart: "in-memory" }),
    target,
  });
  const source = new mediabunny.VideoSampleSource({
    codec: "avc",
    quality: new mediabunny.Quality({ quantizer: QUANTIZER }),
    hardwareAcceleration: "prefer-software",
    onEncodedPacket: (_packet, meta) => {
      const config = meta?.decoderConfig;
      if (!config) return;
      config.colorSpace = BT709_TAGS;
      if (config.description instanceof Uint8Array) config.description = tagAvcConfig(config.description);
    },
  });
  output.addVideoTrack(source, { frameRate: fps });
  await output.start();
  let count = 0;

  const write = async (frame: Frame) => {
    const { width, height, y, u, v } = rgbToYuv420(frame, BT709_LIMITED);
    const planes = new Uint8Array(y.length + u.length + v.length);
    planes.set(y);
    planes.set(u, y.length);
    planes.set(v, y.length + u.length);
    const sample = new mediabunny.VideoSample(planes, {
      format: "I420",
      codedWidth: width,
      codedHeight: height,
      timestamp: count / fps,
      duration: 1 / fps,
      colorSpace: BT709_TAGS,
    });
    try {
      await encoding(source.add(sample));
    } finally {
      sample.close();
    }
    count++;
  };
  const finish = async () => {
    await encoding(output.finalize());
    const file = new Uint8Array(target.buffer!);
    clearMp4Dates(file);
    await writeFile(path, file);
  };
  const cancel = async () => {
    if (output.state !== "finalized") await output.cancel().catch(() => {});
  };
  return { write, finish, cancel };
}
