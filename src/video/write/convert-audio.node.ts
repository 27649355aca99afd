import type { AudioSample } from "mediabunny";
import type { FormatContext, Packet } from "node-av";
import type { Ffmpeg } from "../codecs.node.ts";
import { originOf } from "../read/demuxer.node.ts";
import type { VideoSource } from "../types.ts";

/** Codecs that sound is coded anew with. */
export type NewCodec = "aac" | "opus" | "flac";

/** What AAC encoders take among the rates that sound has. */
const AAC_RATES = [48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000];
/** Most bits a second and channel, and per sample, that are worth having. */
const MOST_BITRATE = 96_000;
const MOST_BITS_PER_SAMPLE = 2;

/** Samples of silence that an AAC encoder puts in front: with times from before 0 on, players leave them out. */
const AAC_LEAD_IN = 1024;

/** The sound of a stretch of a file, decoded. */
export interface DecodedAudio {
  /** The codec's name as FFmpeg has it. */
  readonly codec: string;
  /** Bits a second for the new codec. */
  readonly bitrate: number;
  /** Whether it had more channels than the two that are left. */
  readonly isMixed: boolean;
  /** Without gaps, timed so that the stretch's beginning is heard at time 0. Closes the file at its end. */
  readonly samples: AsyncGenerator<AudioSample, void, undefined>;
}

async function* packetsOf(
  { av }: Ffmpeg,
  context: FormatContext,
  index: number,
): AsyncGenerator<Packet | null, void, undefined> {
  for (;;) {
    const packet = new av.Packet();
    packet.alloc();
    const status = await context.readFrame(packet);
    if (status >= 0 && packet.streamIndex === index) {
      yield packet;
      continue;
    }
    packet.free();
    if (status < 0) break;
  }
  // Tells the decoder to give what it holds back.
  yield null;
}

/**
 * Opens the sound of a stretch of a file through FFmpeg, to be coded anew: mono or stereo, at a rate that `target` takes.
 * Undefined where there is none that FFmpeg can decode.
 */
export async function decodeAudio(
  ffmpeg: Ffmpeg,
  { path, from, to }: VideoSource,
  target: NewCodec,
): Promise<DecodedAudio | undefined> {
  const { av, mediabunny, server } = ffmpeg;
  const context = new av.FormatContext();
  const options = av.Dictionary.fromObject({ protocol_whitelist: "file" });
  if ((await context.openInput(`file:${path}`, null, options)) < 0) return undefined;
  await context.findStreamInfo();
  const index = context.findBestStream(av.AVMEDIA_TYPE_AUDIO);
  const stream = context.streams[index];
  const isDecodable = stream && av.Codec.findDecoder(stream.codecpar.codecId) !== null;
  if (!stream || !isDecodable || stream.codecpar.sampleRate < 1) {
    await context.closeInput();
    return undefined;
  }
  for (const other of context.streams) if (other.index !== index) other.discard = av.AVDISCARD_ALL;
  const { sampleRate: rate, channels } = stream.codecpar;
  const sampleRate = target === "flac" || (target === "aac" && AAC_RATES.includes(rate)) ? rate : 48000;
  const numberOfChannels = Math.min(2, channels);
  const video = context.streams[context.findBestStream(av.AVMEDIA_TYPE_VIDEO)] ?? stream;
  const origin = originOf(av, context, video);
  const layout = numberOfChannels === 1 ? "mono" : "stereo";
  const description = [
    `atrim=start=${from + origin}:end=${to + origin}`,
    `asetpts=PTS-(${from + origin})/TB`,
    // Fills gaps, so that the sound stays with the pictures, and begins at time 0.
    `aresample=${sampleRate}:async=1:first_pts=0`,
    `aformat=sample_fmts=flt:channel_layouts=${layout}`,
  ].join();

  async function* samples(): AsyncGenerator<AudioSample, void, undefined> {
    const decoder = await av.Decoder.create(stream!, { exitOnError: false });
    const filter = av.FilterAPI.create(description);
    try {
      if (from > 0)
        await context.seekFrame(
          -1,
          BigInt(Math.floor(Math.max(0, from + origin - 1) * 1e6)),
          av.AVSEEK_FLAG_BACKWARD,
        );
      let done = target === "aac" ? -AAC_LEAD_IN : 0;
      for await (const frame of filter.frames(decoder.frames(packetsOf(ffmpeg, context, index)))) {
        if (!frame) continue;
        frame.pts = BigInt(done);
        frame.timeBase = new av.Rational(1, sampleRate);
        done += frame.nbSamples;
        // Owned by the sample. Of copied data mediabunny's encoders overrun their buffer where samples grow.
        yield new mediabunny.AudioSample(new server.AvFrameAudioSampleResource(frame));
      }
    } finally {
      filter.close();
      decoder.close();
      await context.closeInput();
    }
  }
  return {
    codec: av.avGetCodecName(stream.codecpar.codecId) ?? "unknown",
    bitrate: Math.min(MOST_BITRATE, MOST_BITS_PER_SAMPLE * sampleRate) * numberOfChannels,
    isMixed: channels > numberOfChannels,
    samples: samples(),
  };
}
