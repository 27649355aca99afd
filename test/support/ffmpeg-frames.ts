import * as av from "node-av";
import type { Frame } from "../../src/video/types.ts";

/** A picture's brightness as FFmpeg's own decoding gives it: 8 bits, limited range. */
export interface Luma {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Weights of red, green and blue in it. */
  readonly weights: readonly [number, number, number];
}

const BT601 = [0.299, 0.587, 0.114] as const;
/** The first plane of pictures that are stored as green, blue, red. */
const GREEN = [0, 1, 0] as const;
const BT709 = [0.2126, 0.7152, 0.0722] as const;

/** Every picture that FFmpeg shows of a file, read from its beginning to its end: demuxer and decoder, nothing of ours. */
export async function ffmpegFrames(path: string): Promise<Luma[]> {
  av.Log.setLevel(av.AV_LOG_QUIET);
  const file = new av.FormatContext();
  av.FFmpegError.throwIfError(await file.openInput(path), "open");
  await file.findStreamInfo();
  const index = file.findBestStream(av.AVMEDIA_TYPE_VIDEO);
  const stream = file.streams[index]!;
  const codec = av.Codec.findDecoder(stream.codecpar.codecId)!;
  const decoder = new av.CodecContext();
  decoder.allocContext3(codec);
  decoder.parametersToContext(stream.codecpar);
  decoder.pktTimebase = stream.timeBase;
  av.FFmpegError.throwIfError(await decoder.open2(codec), "decoder");
  const [packet, frame] = [new av.Packet(), new av.Frame()];
  packet.alloc();
  frame.alloc();
  const frames: Luma[] = [];
  const take = async () => {
    while ((await decoder.receiveFrame(frame)) >= 0) frames.push(lumaOf(frame));
  };
  while ((await file.readFrame(packet)) >= 0) {
    if (packet.streamIndex === index) {
      await decoder.sendPacket(packet);
      await take();
    }
    packet.unref();
  }
  await decoder.sendPacket(null);
  await take();
  decoder.freeContext();
  frame.free();
  packet.free();
  await file.closeInput();
  return frames;
}

function lumaOf(frame: av.Frame): Luma {
  const { width, height } = frame;
  const [stride, plane] = [frame.linesize[0]!, frame.data![0]!];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) data.set(plane.subarray(y * stride, y * stride + width), y * width);
  const isFull = frame.format === av.AV_PIX_FMT_GBRP || frame.colorRange === av.AVCOL_RANGE_JPEG;
  if (isFull) for (const [p, code] of data.entries()) data[p] = Math.round(16 + (219 / 255) * code);
  const isRgb = frame.format === av.AV_PIX_FMT_GBRP;
  const weights = isRgb ? GREEN : frame.colorSpace === av.AVCOL_SPC_BT709 ? BT709 : BT601;
  return { width, height, data, weights };
}

/** Mean difference of brightness between a frame and a picture of the same size. */
function difference(frame: Frame, luma: Luma): number {
  let sum = 0;
  for (const [p, y] of luma.data.entries()) {
    const [r, g, b] = [0, 1, 2].map((c) => frame.data[p * 3 + c]!) as [number, number, number];
    const [kr, kg, kb] = luma.weights;
    sum += Math.abs(16 + (219 / 255) * (kr * r + kg * g + kb * b) - y);
  }
  return sum / luma.data.length;
}

/** Largest difference between frames and the pictures of the same number, in codes of 8 bits. */
export function largestDifference(frames: readonly Frame[], pictures: readonly Luma[]): number {
  return Math.max(...frames.map((frame, i) => difference(frame, pictures[i]!)));
}
