import type { VideoCodec } from "mediabunny";
import { FateZeroError } from "../../errors.ts";
import type { Ffmpeg } from "../codecs.node.ts";
import { colorTags } from "../color/code-points.ts";
import type { Structure } from "../structure/bytes.ts";
import { decodeAll, type Places, pixelAspect } from "./decode-all.node.ts";
import { deinterlaced, deinterlacedWarning } from "./deinterlace.node.ts";
import { type CodedPicture, type Demuxed, demux } from "./demuxer.node.ts";
import type { PlacedFrame, Reel } from "./reel.ts";
import { sampleConverter } from "./sample-frame.ts";
import type { SourceOptions } from "./source.ts";

/** FFmpeg takes the clock of a short mkv for its rate. */
const LIKELY_FPS = 250;

/** Opens the file anew: each pass goes through it from its beginning. */
type Open = () => Promise<Demuxed | undefined>;

function codecOf({ av }: Ffmpeg, { stream }: Demuxed): VideoCodec | undefined {
  const names: readonly (readonly [id: number, name: VideoCodec])[] = [
    [av.AV_CODEC_ID_H264, "avc"],
    [av.AV_CODEC_ID_HEVC, "hevc"],
    [av.AV_CODEC_ID_VP8, "vp8"],
    [av.AV_CODEC_ID_VP9, "vp9"],
    [av.AV_CODEC_ID_AV1, "av1"],
  ];
  return names.find(([id]) => id === stream.codecpar.codecId)?.[1];
}

function uprightSize(file: Demuxed): { readonly width: number; readonly height: number } {
  const { width: w, height: h } = file.stream.codecpar;
  const { num, den } = pixelAspect(file);
  const [width, height] = num > den ? [Math.round((w * num) / den), h] : [w, Math.round((h * den) / num)];
  return file.rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Pictures of a file that is opened for them and closed when they are done with. */
async function* picturesFrom(open: Open): AsyncGenerator<CodedPicture, boolean, undefined> {
  const file = await open();
  if (!file) return true;
  try {
    return yield* file.pictures();
  } finally {
    await file.close();
  }
}

async function* shownPictures(open: Open): AsyncGenerator<CodedPicture, boolean, undefined> {
  const pictures = picturesFrom(open);
  for (;;) {
    const next = await pictures.next();
    if (next.done) return next.value;
    if (!next.value.isHidden) yield next.value;
  }
}

async function* decodeChosen(
  ffmpeg: Ffmpeg,
  { path, open, codec }: { readonly path: string; readonly open: Open; readonly codec: VideoCodec },
  places: Places,
  indices: readonly number[],
  { background, deinterlace = "auto", onWarning = () => {} }: SourceOptions,
): AsyncGenerator<PlacedFrame, void, undefined> {
  const file = await open();
  if (!file) return;
  const toFrame = sampleConverter(colorTags(file.stream.codecpar), background);
  const wanted = new Set(indices);
  const last = indices.at(-1)!;
  const all = decodeAll(ffmpeg, file, codec, places);
  const tell = (order: "top" | "bottom") => onWarning(deinterlacedWarning(path, order));
  // HEVC codes the two moments as pictures of their own, half as high.
  const isWhole = deinterlace === "off" || codec !== "avc";
  for await (const { index, sample } of isWhole ? all : deinterlaced(ffmpeg, all, tell)) {
    try {
      if (wanted.has(index)) yield { index, frame: await toFrame(sample) };
    } finally {
      sample.close();
    }
    if (index >= last) return;
  }
}

/**
 * A video file read in sequence by FFmpeg, for those whose index is missing, wrong or not the whole story: edit lists
 * are applied, and pictures come in the order in which the decoder shows them. Undefined where FFmpeg finds no video in
 * it. Throws FateZeroError `codec-unsupported`.
 */
export async function sequentialReel(
  ffmpeg: Ffmpeg,
  path: string,
  { isCutOff }: Structure,
  options: SourceOptions,
): Promise<Reel | undefined> {
  const open = () => demux(ffmpeg, path, isCutOff);
  const file = await open();
  if (!file) return undefined;
  const codec = codecOf(ffmpeg, file);
  const { avgFrameRate, rFrameRate, codecpar } = file.stream;
  const size = uprightSize(file);
  const { begin, duration: end, hasAudio } = file;
  const reorders = codec === "avc" || codec === "hevc";
  const delays = reorders && codecpar.videoDelay > 0;
  // Of a file that is cut off within its header, nothing is known of the pictures.
  const isKnown = codecpar.codecId !== ffmpeg.av.AV_CODEC_ID_NONE && size.width > 0 && size.height > 0;
  const name = ffmpeg.av.avGetCodecName(codecpar.codecId) ?? "unknown";
  const rate = [avgFrameRate, rFrameRate].find(({ num, den }) => num > 0 && den > 0);
  const told = rate ? rate.num / rate.den : 25;
  // Nothing of the stream can be asked once the file is closed.
  await file.close();
  if (!isKnown) return undefined;
  if (!codec) {
    throw new FateZeroError(
      "codec-unsupported",
      `The video of "${path}" is coded as "${name}", which cannot be decoded here.`,
      "Convert it to H.264 in mp4.",
    );
  }
  const packets = () => shownPictures(open);
  const byHeader = end !== undefined && end > begin && !isCutOff && told <= LIKELY_FPS;
  const length = byHeader
    ? { fps: told, duration: end, frameCount: Math.max(1, Math.round((end - begin) * told)) }
    : await measure(packets(), told);
  return {
    ...size,
    ...length,
    hasAudio,
    reorders: delays,
    packets,
    decode: ({ times, isMended, isInOrder, hasShowTimes }, indices) => {
      const areCertain = !isMended && (delays ? hasShowTimes : isInOrder);
      return decodeChosen(ffmpeg, { path, open, codec }, { times, areCertain }, indices, options);
    },
    close: () => {},
  };
}

/** Frames, seconds and rate of a file whose headers do not tell, or tell a rate that is none. */
async function measure(
  pictures: AsyncIterable<CodedPicture>,
  told: number,
): Promise<Pick<Reel, "fps" | "duration" | "frameCount">> {
  let frameCount = 0;
  let [first, last, end] = [Infinity, 0, 0];
  for await (const { timestamp, duration } of pictures) {
    frameCount++;
    if (!Number.isFinite(timestamp)) continue;
    first = Math.min(first, timestamp);
    last = Math.max(last, timestamp);
    end = Math.max(end, timestamp + duration);
  }
  const mean = last > first ? (frameCount - 1) / (last - first) : told;
  const fps = told > LIKELY_FPS ? mean : told;
  return { fps, frameCount, duration: end > 0 ? end : frameCount / fps };
}
