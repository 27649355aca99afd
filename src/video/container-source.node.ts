import type { Input, InputVideoTrack, Source } from "mediabunny";
import { FateZeroError } from "../errors.ts";
import { loadCodecs, type Mediabunny } from "./codecs.node.ts";
import { frameTimes, rateOver } from "./frame-times.ts";
import { type CheckedRange, frameIndices, lastIndex } from "./range.ts";
import { sampleToFrame } from "./sample-frame.ts";
import type { FrameSource } from "./source.ts";
import type { Frame } from "./types.ts";

/** Enough packets to tell a frame rate, few enough not to read far into a long file. */
const RATE_PACKETS = 64;

function notAVideo(name: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "not-a-video",
    `"${name}" is not a video that can be read: no known container (mp4, mov, mkv, webm) was found in it, or it is cut off before its index.`,
    "Check that the file is complete, or convert it to mp4, or give a folder of images.",
    { cause },
  );
}

function damaged(name: string, index: number, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "video-damaged",
    `Frame ${index} of "${name}" cannot be decoded: the file is truncated or damaged there.`,
    `Get a complete copy, or take frames before it (frames, start, stride).`,
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
): AsyncGenerator<Frame, void, undefined> {
  const tags = await track.getColorSpace();
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
        yield await sampleToFrame(sample, tags);
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
 * the rest only what the chosen frames need (a mkv or webm, which has no list of its frames, is also scanned up to them). Takes over `bytes`. Throws FateZeroError `not-a-video`,
 * `no-video-track`, `codec-unsupported`, `no-frames`; while decoding `video-damaged`.
 */
export async function openContainer(
  mediabunny: Mediabunny,
  bytes: Source,
  name: string,
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

    const select = async (range: CheckedRange) => {
      const { times } = await frameTimes(packets(), lastIndex(range));
      if (times.length === 0) throw noFrames(name);
      const indices = frameIndices(range, times.length, name);
      return {
        count: indices.length,
        sourceFps: rateOver(times, indices, fps),
        frames: decode(mediabunny, track, times, indices, name),
      };
    };
    return {
      kind: "video",
      width: await track.getDisplayWidth(),
      height: await track.getDisplayHeight(),
      fps,
      frameCount,
      duration,
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
export async function openVideoFile(path: string): Promise<FrameSource> {
  const mediabunny = await loadCodecs();
  const bytes = new mediabunny.FilePathSource(path, { handleUnhandledError: () => {} });
  return await openContainer(mediabunny, bytes, path);
}
