import type { Input, InputVideoTrack, Source, VideoSampleSink } from "mediabunny";
import { FateZeroError } from "../../errors.ts";
import type { Ffmpeg, Mediabunny } from "../codecs.node.ts";
import type { VideoWarning } from "../types.ts";
import { frameDamaged, noFrames, notAVideo } from "./container-errors.ts";
import { deinterlaced, deinterlacedWarning, type PlacedSample, untilInterlaced } from "./deinterlace.node.ts";
import type { PlacedFrame, Reel } from "./reel.ts";
import { sampleConverter } from "./sample-frame.ts";
import type { SourceOptions } from "./source.ts";

/** Enough packets to tell a frame rate, few enough not to read far into a long file. */
const RATE_PACKETS = 64;

async function videoTrack(input: Input, name: string): Promise<InputVideoTrack> {
  let track: InputVideoTrack | null;
  try {
    if (!(await input.canRead()) || (await input.getTracks()).length === 0) throw notAVideo(name);
    track = await input.getPrimaryVideoTrack();
  } catch (cause) {
    throw cause instanceof FateZeroError ? cause : notAVideo(name, cause);
  }
  if (!track) {
    throw new FateZeroError(
      "no-video-track",
      `"${name}" holds no video track.`,
      "Give a file that has pictures, not only sound.",
    );
  }
  if (!(await track.canDecode())) {
    const codec = (await track.getCodec()) ?? (await track.getInternalCodecId()) ?? "unknown";
    throw new FateZeroError(
      "codec-unsupported",
      `The video of "${name}" is coded as "${codec}", which cannot be decoded here.`,
      "Convert it to H.264 in mp4.",
    );
  }
  return track;
}

/** The pictures at `times[index]`, seeking over key frames between distant ones. */
async function* samplesAt(
  sink: VideoSampleSink,
  times: readonly number[],
  indices: readonly number[],
  name: string,
): AsyncGenerator<PlacedSample, void, undefined> {
  let done = 0;
  try {
    for await (const sample of sink.samplesAtTimestamps(indices.map((index) => times[index]!))) {
      const index = indices[done]!;
      if (!sample) throw frameDamaged(name, index);
      // A decoder that lost a picture gives its neighbour: say so rather than repeat a frame.
      if (Math.abs(sample.timestamp - times[index]!) > 1e-4) {
        sample.close();
        throw frameDamaged(name, index);
      }
      yield { index, sample };
      done++;
    }
  } catch (cause) {
    throw cause instanceof FateZeroError ? cause : frameDamaged(name, indices[done]!, cause);
  }
}

/** The same, deinterlaced from the first interlaced one on: by their neighbours, which are decoded too. */
async function* wholeSamplesAt(
  ffmpeg: Ffmpeg,
  sink: VideoSampleSink,
  times: readonly number[],
  indices: readonly number[],
  name: string,
  onWarning: (warning: VideoWarning) => void,
): AsyncGenerator<PlacedSample, void, undefined> {
  const onInterlaced = (order: "top" | "bottom") => onWarning(deinterlacedWarning(name, order));
  const from = yield* untilInterlaced(ffmpeg, samplesAt(sink, times, indices, name), onInterlaced);
  if (from === undefined) return;
  const wanted = new Set(indices.filter((index) => index >= from));
  const around = new Set([...wanted].flatMap((index) => [index - 1, index, index + 1]));
  const needed = [...around].filter((index) => index in times).sort((a, b) => a - b);
  for await (const placed of deinterlaced(ffmpeg, samplesAt(sink, times, needed, name), () => {})) {
    if (wanted.has(placed.index)) yield placed;
    else placed.sample.close();
  }
}

/** Decodes the frames at `times[index]`. */
async function* decode(
  ffmpeg: Ffmpeg,
  track: InputVideoTrack,
  times: readonly number[],
  indices: readonly number[],
  name: string,
  { background, deinterlace = "auto", onWarning = () => {} }: SourceOptions,
): AsyncGenerator<PlacedFrame, void, undefined> {
  const toFrame = sampleConverter(await track.getColorSpace(), background);
  const sink = new ffmpeg.mediabunny.VideoSampleSink(track, { hardwareAcceleration: "prefer-software" });
  // HEVC codes the two moments as pictures of their own, half as high.
  const isWhole = deinterlace === "off" || (await track.getCodec()) !== "avc";
  const samples = isWhole
    ? samplesAt(sink, times, indices, name)
    : wholeSamplesAt(ffmpeg, sink, times, indices, name, onWarning);
  for await (const { index, sample } of samples) {
    try {
      yield { index, frame: await toFrame(sample) };
    } finally {
      sample.close();
    }
  }
}

/** Packets of a track without their data; those that end before time 0 are cut off by the file's edit list. */
async function* shownPackets(mediabunny: Mediabunny, track: InputVideoTrack) {
  const sink = new mediabunny.EncodedPacketSink(track);
  for await (const { timestamp, duration } of sink.packets(undefined, undefined, { metadataOnly: true })) {
    if (timestamp >= 0 || timestamp + duration > 1e-9) yield { timestamp, duration };
  }
  return false;
}

/**
 * A video file gone through by its own index, from any mediabunny byte source; `name` is for messages. Reads the header
 * now, and of the rest only what the chosen frames need (a mkv or webm, which has no list of its frames, is also scanned
 * up to them). Takes over `bytes`. Throws FateZeroError `not-a-video`, `no-video-track`, `codec-unsupported`,
 * `no-frames`; while decoding `video-damaged`.
 */
export async function indexedReel(
  ffmpeg: Ffmpeg,
  bytes: Source,
  name: string,
  options: SourceOptions,
): Promise<Reel> {
  const { mediabunny } = ffmpeg;
  const input = new mediabunny.Input({ source: bytes, formats: mediabunny.ALL_FORMATS });
  try {
    const track = await videoTrack(input, name);
    const rate = await track.computeFrameRateMetrics({ targetPacketCount: RATE_PACKETS });
    if (rate.probedPacketCount === 0) throw noFrames(name);
    const duration = (await track.getDurationFromMetadata()) ?? (await track.computeDuration());
    const frameCount =
      rate.probedPacketCount < RATE_PACKETS
        ? rate.probedPacketCount
        : Math.round(duration * rate.averageFrameRate);
    return {
      width: await track.getDisplayWidth(),
      height: await track.getDisplayHeight(),
      fps: rate.bestGuessFrameRate,
      frameCount,
      duration,
      hasAudio: (await input.getPrimaryAudioTrack()) !== null,
      reorders: ["avc", "hevc"].includes((await track.getCodec()) ?? ""),
      packets: () => shownPackets(mediabunny, track),
      decode: ({ times }, indices) => decode(ffmpeg, track, times, indices, name, options),
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}
