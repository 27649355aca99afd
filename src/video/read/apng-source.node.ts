import type { ApngInfo } from "../apng-chunks.ts";
import { composeOver } from "../background.ts";
import { loadFfmpeg } from "../codecs.node.ts";
import { toUint8 } from "../frame.ts";
import { type ImageHeader, imageUnreadable } from "../images.node.ts";
import type { Frame, VideoWarning } from "../types.ts";
import { openAnimation } from "./animation-source.node.ts";
import type { FrameSource, SourceOptions } from "./source.ts";

/** The frames of an animated png in order, each the whole picture over the background: FFmpeg puts them together. */
async function* decodeAll(
  path: string,
  { background }: SourceOptions,
): AsyncGenerator<Frame, void, undefined> {
  const { av } = await loadFfmpeg();
  const context = new av.FormatContext();
  const options = av.Dictionary.fromObject({ protocol_whitelist: "file", format_whitelist: "apng" });
  const opened = await context.openInput(`file:${path}`, av.InputFormat.findInputFormat("apng"), options);
  if (opened < 0) throw imageUnreadable(path, new av.FFmpegError(opened));
  try {
    await context.findStreamInfo();
    const decoder = await av.Decoder.create(context.streams[0]!, { exitOnError: false });
    const filter = av.FilterAPI.create("format=rgba");
    const packets = async function* () {
      for (;;) {
        const packet = new av.Packet();
        packet.alloc();
        if ((await context.readFrame(packet)) < 0) {
          packet.free();
          break;
        }
        yield packet;
      }
      yield null;
    };
    try {
      for await (const picture of filter.frames(decoder.frames(packets()))) {
        if (!picture) continue;
        const { width, height } = picture;
        const rgba = picture.toBuffer();
        picture.free();
        const data = new Float32Array(width * height * 3);
        for (let p = 0, s = 0; p < data.length; p += 3, s += 4) data.set(rgba.subarray(s, s + 3), p);
        composeOver(data, (p) => rgba[p * 4 + 3]! / 255, background);
        yield toUint8({ width, height, data });
      }
    } finally {
      filter.close();
      decoder.close();
    }
  } finally {
    await context.closeInput();
  }
}

async function* decode(
  path: string,
  indices: readonly number[],
  options: SourceOptions,
): AsyncGenerator<Frame, void, undefined> {
  let index = 0;
  let done = 0;
  for await (const frame of decodeAll(path, options)) {
    if (index++ === indices[done]) {
      yield frame;
      if (++done === indices.length) return;
    }
  }
  throw imageUnreadable(path, `frame ${indices[done]} of its animation is damaged`);
}

/** Whether an animated png is to be read as an animation, and not as the one picture that it shows anyway. */
export function isAnimated({ delays, isDefaultShown }: ApngInfo): boolean {
  return delays.length > 1 || (delays.length === 1 && !isDefaultShown);
}

/** The warning that a file announces other frames than it holds; undefined where it does not. */
export function framesDiffer(path: string, { announced, delays }: ApngInfo): VideoWarning | undefined {
  if (delays.length === announced) return undefined;
  const found =
    delays.length === 0 ? "none is in it: it is taken as one picture" : `${delays.length} are in it`;
  return { code: "animation-incomplete", message: `"${path}" announces ${announced} frames, but ${found}.` };
}

/**
 * Opens an animated png, whose header has been read, as frames: the still picture that other programs show is one only
 * if it belongs to them. Errors as `openAnimation`.
 */
export function openApng(
  path: string,
  header: ImageHeader,
  info: ApngInfo,
  options: SourceOptions,
): FrameSource {
  const { delays } = info;
  const animation = { ...header, pages: delays.length, delays };
  return openAnimation(path, animation, options, (indices) => decode(path, indices, options));
}
