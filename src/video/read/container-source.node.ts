import type { Input, InputVideoTrack, Source } from "mediabunny";
import { FateZeroError } from "../../errors.ts";
import { say, the } from "../../say.ts";
import { loadCodecs, type Mediabunny } from "../codecs.node.ts";
import { frameTimes } from "../frame-times.ts";
import type { Frame } from "../types.ts";
import { type CheckedRange, chosenIndices, lastIndex } from "./range.ts";
import { sampleConverter } from "./sample-frame.ts";
import { selectionTimes } from "./selection-times.ts";
import type { FrameSource, SourceOptions } from "./source.ts";

/** Enough packets to tell a frame rate, few enough not to read far into a long file. */
const RATE_PACKETS = 64;
/** How far a frame's time may lie from a steady rate: mkv and webm round to milliseconds. */
const TOLERANCE = 2e-3;

function notAVideo(name: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "not-a-video",
    `"${name}" is not a video that can be read: no known container (mp4, mov, mkv, webm) was found in it, or it is cut off before its index.`,
    "Check that the file is complete, or convert it to mp4, or give a gif, an image or a folder of images.",
    { cause },
  );
}

function damaged(name: string, index: number, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "video-damaged",
    `Frame ${index} of "${name}" cannot be decoded: the file is truncated or damaged there.`,
    say`Get a complete copy, or take frames before it (${the("frames")}, ${the("start")}, ${the("stride")}, ${the("to")}).`,
    { cause },
  );
}

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

/** Decodes the frames at `times[index]`, seeking over key frames between distant ones. */
async function* decode(
  mediabunny: Mediabunny,
  track: InputVideoTrack,
  times: readonly number[],
  indices: readonly number[],
  name: string,
  { background }: SourceOptions,
): AsyncGenerator<Frame, void, undefined> {
  const toFrame = sampleConverter(await track.getColorSpace(), background);
  const sink = new mediabunny.VideoSampleSink(track, { hardwareAcceleration: "prefer-software" });
  const samples = sink.samplesAtTimestamps(indices.map((index) => times[index]!));
  let done = 0;
  try {
    for await (const sample of samples) {
      const index = indices[done]!;
      if (!sample) throw damaged(name, index);
      try {
        // A decoder that lost a picture gives its neighbour: say so rather than repeat a frame.
        if (Math.abs(sample.timestamp - times[index]!) > 1e-4) throw damaged(name, index);
        yield await toFrame(sample);
      } finally {
        sample.close();
      }
      done++;
    }
  } catch (cause) {
    throw cause instanceof FateZeroError ? cause : damaged(name, indices[done]!, cause);
  }
}

/**
 * Frames of a video container, from any mediabunny byte source; `name` is for messages. Reads the header now, and of
 * the rest only what the chosen frames need (a mkv or webm, which has no list of its frames, is also scanned up to
 * them). Takes over `bytes`. Throws FateZeroError `not-a-video`,
 * `no-video-track`, `codec-unsupported`, `no-frames`; while decoding `video-damaged`.
 */
export async function openContainer(
  mediabunny: Mediabunny,
  bytes: Source,
  name: string,
  options: SourceOptions,
): Promise<FrameSource> {
  const input = new mediabunny.Input({ source: bytes, formats: mediabunny.ALL_FORMATS });
  try {
    const track = await videoTrack(input, name);
    const packets = () =>
      new mediabunny.EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true });
    const rate = await track.computeFrameRateMetrics({ targetPacketCount: RATE_PACKETS });
    if (rate.probedPacketCount === 0) throw noFrames(name);
    const fps = rate.bestGuessFrameRate;
    const duration = (await track.getDurationFromMetadata()) ?? (await track.computeDuration());
    const frameCount =
      rate.probedPacketCount < RATE_PACKETS
        ? rate.probedPacketCount
        : Math.round(duration * rate.averageFrameRate);

    const hasAudio = (await input.getPrimaryAudioTrack()) !== null;

    const select = async (range: CheckedRange) => {
      // One stride more than is decoded: when the last chosen frame gives way to another.
      const needed = lastIndex(range) + range.stride;
      const found = await frameTimes(packets(), needed, {
        from: range.from ?? 0,
        until: range.to === undefined ? Infinity : range.to + range.stride / fps,
      });
      const { times } = found;
      if (times.length === 0) throw noFrames(name);
      // A mkv's or webm's last packet has no duration; the file's own may be the sound's.
      const lacksEnd = found.end <= times.at(-1)! && !hasAudio;
      const known = lacksEnd ? { ...found, end: duration } : found;
      const indices = chosenIndices(range, times, name);
      return {
        count: indices.length,
        ...selectionTimes(known, indices, range.stride, fps, TOLERANCE),
        frames: decode(mediabunny, track, times, indices, name, options),
      };
    };
    return {
      kind: "video",
      width: await track.getDisplayWidth(),
      height: await track.getDisplayHeight(),
      fps,
      frameCount,
      duration,
      hasAudio,
      select,
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

function noFrames(name: string): FateZeroError {
  return new FateZeroError(
    "no-frames",
    `"${name}" has no frames that can be read: it is empty or cut off.`,
    "Give a complete video with at least one frame.",
  );
}

/** Opens a video file; errors as `openContainer`. */
export async function openVideoFile(path: string, options: SourceOptions): Promise<FrameSource> {
  const mediabunny = await loadCodecs();
  const bytes = new mediabunny.FilePathSource(path, { handleUnhandledError: () => {} });
  return await openContainer(mediabunny, bytes, path, options);
}
