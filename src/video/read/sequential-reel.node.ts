import type { VideoCodec, VideoSample } from "mediabunny";
import { FateZeroError } from "../../errors.ts";
import type { Ffmpeg } from "../codecs.node.ts";
import { colorTags } from "../color/code-points.ts";
import type { Structure } from "../structure/bytes.ts";
import { deinterlaced, deinterlacedWarning } from "./deinterlace.node.ts";
import { type CodedPicture, type Demuxed, demux } from "./demuxer.node.ts";
import type { PlacedFrame, Reel } from "./reel.ts";
import { sampleConverter } from "./sample-frame.ts";
import type { SourceOptions } from "./source.ts";

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

/** Width over height of one pixel. */
function pixelAspect({ stream }: Demuxed): { readonly num: number; readonly den: number } {
  const known = [stream.sampleAspectRatio, stream.codecpar.sampleAspectRatio].find(
    ({ num, den }) => num > 0 && den > 0,
  );
  return known ?? { num: 1, den: 1 };
}

function uprightSize(file: Demuxed): { readonly width: number; readonly height: number } {
  const { width: w, height: h } = file.stream.codecpar;
  const { num, den } = pixelAspect(file);
  const [width, height] = num > den ? [Math.round((w * num) / den), h] : [w, Math.round((h * den) / num)];
  return file.rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Pictures of a file that is opened for them and closed when they are done with. */
async function* picturesFrom(
  ffmpeg: Ffmpeg,
  path: string,
  isCutOff: boolean,
): AsyncGenerator<CodedPicture, boolean, undefined> {
  const file = await demux(ffmpeg, path, isCutOff);
  if (!file) return true;
  try {
    return yield* file.pictures();
  } finally {
    await file.close();
  }
}

async function* shownPictures(
  ffmpeg: Ffmpeg,
  path: string,
): AsyncGenerator<CodedPicture, boolean, undefined> {
  const pictures = picturesFrom(ffmpeg, path, isCutOff);
  for (;;) {
    const next = await pictures.next();
    if (next.done) return next.value;
    if (!next.value.isHidden) yield next.value;
  }
}

/** First place in rising `times` that is `time` or later. */
function placeOf(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time - 1e-4) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Frames by the times that a file gives them, and whether these tell their places without doubt. */
interface Places {
  readonly times: readonly number[];
  readonly areCertain: boolean;
}

/** What comes out of a decoder, and what it says of damage. */
interface Decoding {
  /** Pictures ready to be taken, each with the number of its packet as its time. */
  readonly ready: VideoSample[];
  damages: number;
  decode(picture: CodedPicture, number: number): Promise<void>;
  flush(): Promise<void>;
  close(): void;
}

function startDecoding({ Decoder, mediabunny }: Ffmpeg, codec: VideoCodec, file: Demuxed): Decoding {
  const { codecpar } = file.stream;
  const { num, den } = pixelAspect(file);
  const ready: VideoSample[] = [];
  const open = (description: Uint8Array | null) => {
    const config: VideoDecoderConfig = {
      codec,
      codedWidth: codecpar.width,
      codedHeight: codecpar.height,
      displayAspectWidth: codecpar.width * num,
      displayAspectHeight: codecpar.height * den,
      ...(description ? { description } : {}),
    };
    const onSample = (sample: VideoSample) => {
      sample.setRotation(file.rotation);
      sample.setFlip(file.flip);
      ready.push(sample);
    };
    const onError = () => {
      decoding.damages++;
    };
    return Object.assign(new Decoder(), { codec, config, onSample, onError, isTolerant: true });
  };
  let decoder = open(codecpar.extradata);
  const decoding: Decoding = {
    ready,
    damages: 0,
    decode: async (picture, number) => {
      if (picture.description) {
        await decoder.flush();
        await decoder.close();
        decoder = open(picture.description);
      }
      const sideData = picture.alpha ? { alpha: picture.alpha } : {};
      const { data, isKey, duration } = picture;
      const packet = new mediabunny.EncodedPacket(
        data,
        isKey ? "key" : "delta",
        number,
        duration,
        number,
        undefined,
        sideData,
      );
      await decoder.decode(packet);
    },
    flush: async () => {
      await decoder.flush();
    },
    close: () => {
      for (const sample of ready) sample.close();
      void decoder.close();
    },
  };
  return decoding;
}

/** Every picture of a file, decoded, in the order of showing, with the place that it has among those shown. */
async function* decodeAll(
  ffmpeg: Ffmpeg,
  file: Demuxed,
  codec: VideoCodec,
  { times, areCertain }: Places,
): AsyncGenerator<{ readonly index: number; readonly sample: VideoSample }, void, undefined> {
  const decoding = startDecoding(ffmpeg, codec, file);
  /** By number of their packet: when pictures that are in the decoder are shown; undefined for those that are not. */
  const waiting = new Map<number, number | undefined>();
  let index = 0;
  let damages = 0;
  const take = function* () {
    for (const sample of decoding.ready.splice(0)) {
      const time = waiting.get(sample.timestamp);
      waiting.delete(sample.timestamp);
      if (time === undefined) {
        sample.close();
        continue;
      }
      // Pictures that are lost leave a gap; else the decoder's order counts, whatever the times say.
      const isDamaged = decoding.damages > damages && Number.isFinite(time);
      if (isDamaged || areCertain) index = Math.max(index, placeOf(times, time));
      damages = decoding.damages;
      yield { index: index++, sample };
    }
  };
  try {
    let number = 0;
    for await (const picture of file.pictures()) {
      waiting.set(number, picture.isHidden ? undefined : picture.timestamp);
      await decoding.decode(picture, number++);
      yield* take();
    }
    await decoding.flush();
    yield* take();
  } finally {
    decoding.close();
    await file.close();
  }
}

async function* decodeChosen(
  ffmpeg: Ffmpeg,
  path: string,
  codec: VideoCodec,
  places: Places,
  indices: readonly number[],
  { background, deinterlace = "auto", onWarning = () => {} }: SourceOptions,
): AsyncGenerator<PlacedFrame, void, undefined> {
  const file = await demux(ffmpeg, path, isCutOff);
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
  const file = await demux(ffmpeg, path, isCutOff);
  if (!file) return undefined;
  const codec = codecOf(ffmpeg, file);
  const { avgFrameRate, rFrameRate, codecpar } = file.stream;
  const size = uprightSize(file);
  const { begin, duration: told, hasAudio } = file;
  const reorders = codec === "avc" || codec === "hevc";
  const delays = reorders && codecpar.videoDelay > 0;
  // Of a file that is cut off within its header, nothing is known of the pictures.
  const isKnown = codecpar.codecId !== ffmpeg.av.AV_CODEC_ID_NONE && size.width > 0 && size.height > 0;
  const name = ffmpeg.av.avGetCodecName(codecpar.codecId) ?? "unknown";
  const rate = [avgFrameRate, rFrameRate].find(({ num, den }) => num > 0 && den > 0);
  const fps = rate ? rate.num / rate.den : 25;
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
  const packets = () => shownPictures(ffmpeg, path, isCutOff);
  const byHeader = told !== undefined && told > begin && !isCutOff;
  const header = byHeader
    ? { duration: told, frameCount: Math.max(1, Math.round((told - begin) * fps)) }
    : undefined;
  const { duration, frameCount } = header ?? (await measure(packets(), fps));
  return {
    ...size,
    fps,
    frameCount,
    duration,
    hasAudio,
    reorders: delays,
    packets,
    decode: ({ times, isMended, isInOrder, hasShowTimes }, indices) => {
      const areCertain = !isMended && (delays ? hasShowTimes : isInOrder);
      return decodeChosen(ffmpeg, path, codec, { times, areCertain }, indices, options);
    },
    close: () => {},
  };
}

/** Frames and seconds of a file whose headers do not tell. */
async function measure(
  pictures: AsyncIterable<CodedPicture>,
  fps: number,
): Promise<{ readonly duration: number; readonly frameCount: number }> {
  let frameCount = 0;
  let end = 0;
  for await (const { timestamp, duration } of pictures) {
    frameCount++;
    if (Number.isFinite(timestamp)) end = Math.max(end, timestamp + duration);
  }
  return { frameCount, duration: end > 0 ? end : frameCount / fps };
}
