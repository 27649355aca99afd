import type { VideoSample } from "mediabunny";
import type { Frame as AvFrame, FilterAPI } from "node-av";
import { say, set } from "../../say.ts";
import type { Ffmpeg } from "../codecs.node.ts";
import type { VideoWarning } from "../types.ts";

/** Makes the lines of both moments out of those of one, by their neighbours in space and time; other frames pass. */
const FILTER = "bwdif=mode=send_frame:parity=auto:deint=interlaced";

/** A decoded picture and its place among all frames of the file. */
export interface PlacedSample {
  readonly index: number;
  readonly sample: VideoSample;
}

/** What the decoder says of a picture: which of its two moments comes first, or that it shows only one. */
async function fieldOrder({ av, server }: Ffmpeg, sample: VideoSample): Promise<"top" | "bottom" | "none"> {
  const frame = new av.Frame();
  frame.alloc();
  try {
    await server.toAvFrame(sample, frame);
    if (!frame.hasFlags(av.AV_FRAME_FLAG_INTERLACED)) return "none";
    return frame.hasFlags(av.AV_FRAME_FLAG_TOP_FIELD_FIRST) ? "top" : "bottom";
  } finally {
    frame.free();
  }
}

/** Says of an interlaced video what is done with it. */
export function deinterlacedWarning(name: string, order: "top" | "bottom"): VideoWarning {
  return {
    code: "deinterlaced",
    message: `"${name}" is interlaced (every frame shows two moments in alternate lines, the ${order} line first): it is deinterlaced, frame for frame.`,
    remedy: say`${set("deinterlace", "off")} to leave it as it is.`,
  };
}

/**
 * Passes pictures on until the first that is interlaced, which is told and not passed on: gives its place then, or
 * undefined at the end.
 */
export async function* untilInterlaced(
  ffmpeg: Ffmpeg,
  samples: AsyncIterable<PlacedSample>,
  onInterlaced: (order: "top" | "bottom") => void,
): AsyncGenerator<PlacedSample, number | undefined, undefined> {
  for await (const placed of samples) {
    const order = await fieldOrder(ffmpeg, placed.sample);
    if (order !== "none") {
      placed.sample.close();
      onInterlaced(order);
      return placed.index;
    }
    yield placed;
  }
  return undefined;
}

/** A filter at work, and the pictures that it holds back. */
interface Running {
  readonly filter: FilterAPI;
  readonly waiting: PlacedSample[];
}

/**
 * Deinterlaces the interlaced ones of pictures that come in order, one for one: the others are not touched. Where places
 * are left out in between, nothing is taken from beyond the gap.
 */
export async function* deinterlaced(
  ffmpeg: Ffmpeg,
  samples: AsyncIterable<PlacedSample>,
  onInterlaced: (order: "top" | "bottom") => void,
): AsyncGenerator<PlacedSample, void, undefined> {
  const { av, mediabunny, server } = ffmpeg;
  let running: Running | undefined;
  let last = -1;
  let isTold = false;
  const outcome = ({ waiting }: Running, frame: AvFrame): PlacedSample => {
    const { index, sample } = waiting.shift()!;
    const { timestamp, duration, rotation, flip } = sample;
    sample.close();
    const resource = new server.AvFrameVideoSampleResource(frame);
    const shown = new mediabunny.VideoSample(resource, { timestamp, duration });
    shown.setRotation(rotation);
    shown.setFlip(flip);
    return { index, sample: shown };
  };
  const end = async function* (): AsyncGenerator<PlacedSample, void, undefined> {
    const ended = running;
    running = undefined;
    if (!ended) return;
    try {
      for await (const frame of ended.filter.flushFrames()) yield outcome(ended, frame);
    } finally {
      ended.filter.close();
      for (const { sample } of ended.waiting) sample.close();
    }
  };
  try {
    for await (const placed of samples) {
      const { index, sample } = placed;
      if (index !== last + 1) yield* end();
      last = index;
      const order = await fieldOrder(ffmpeg, sample);
      if (order !== "none" && !isTold) onInterlaced(order);
      isTold ||= order !== "none";
      if (!running && order === "none") {
        yield placed;
        continue;
      }
      running ??= { filter: av.FilterAPI.create(FILTER), waiting: [] };
      running.waiting.push(placed);
      const frame = new av.Frame();
      frame.alloc();
      try {
        await server.toAvFrame(sample, frame);
        for (const shown of await running.filter.processAll(frame)) yield outcome(running, shown);
      } finally {
        frame.free();
      }
    }
    yield* end();
  } finally {
    running?.filter.close();
    for (const { sample } of running?.waiting ?? []) sample.close();
  }
}
