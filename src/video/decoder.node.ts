import type { CustomVideoDecoder, EncodedPacket, VideoCodec } from "mediabunny";
import type { AVCodecID, CodecContext, FFDecoderCodec, Frame, Packet } from "node-av";

type Mediabunny = typeof import("mediabunny");
type Av = typeof import("node-av");
type Server = typeof import("@mediabunny/server");

/** A decoder as mediabunny drives it. */
export type SafeDecoder = CustomVideoDecoder & {
  /** Whether it goes on with the next packet after damaged ones, as far as that is possible. Default: no. */
  isTolerant: boolean;
};

/**
 * A decoder for mediabunny over FFmpeg's libraries, used in place of @mediabunny/server's own: after damaged data that
 * one rejects a promise which nobody holds, which ends the process, and is never freed. This one reports the error once
 * and passes over the rest. It also keeps times exact by numbering packets.
 */
export function safeDecoder(
  mediabunny: Mediabunny,
  server: Server,
  av: Av,
): Pick<Mediabunny["CustomVideoDecoder"], "supports" | "prototype"> & (new () => SafeDecoder) {
  const codecIds: Partial<Record<VideoCodec, AVCodecID>> = {
    avc: av.AV_CODEC_ID_H264,
    hevc: av.AV_CODEC_ID_HEVC,
    vp8: av.AV_CODEC_ID_VP8,
    vp9: av.AV_CODEC_ID_VP9,
    av1: av.AV_CODEC_ID_AV1,
  };
  const alphaDecoders: Partial<Record<VideoCodec, FFDecoderCodec>> = {
    vp8: av.FF_DECODER_LIBVPX_VP8,
    vp9: av.FF_DECODER_LIBVPX_VP9,
  };

  return class SafeDecoder extends mediabunny.CustomVideoDecoder {
    #context: CodecContext | undefined;
    #frame: Frame | undefined;
    #packet: Packet | undefined;
    #aspect = { num: 1, den: 1 };
    isTolerant = false;
    #failed = false;
    #sent = 0n;
    /** Times of the packets that are in the decoder, by the number they were sent with. */
    readonly #times = new Map<bigint, { timestamp: number; duration: number }>();

    static override supports(codec: VideoCodec): boolean {
      return codecIds[codec] !== undefined;
    }

    init(): void {}

    async decode(packet: EncodedPacket): Promise<void> {
      await this.#attempt(async () => {
        this.#context ??= await this.#open(packet.sideData.alpha !== undefined);
        const context = this.#context;
        const sent = this.#packet!;
        this.#times.set(this.#sent, packet);
        sent.isKeyframe = packet.type === "key";
        sent.data = Buffer.from(packet.data);
        sent.pts = this.#sent++;
        sent.dts = av.AV_NOPTS_VALUE;
        const { alpha } = packet.sideData;
        if (alpha) sent.addSideData(av.AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, withBlockId(alpha));
        av.FFmpegError.throwIfError(await context.sendPacket(sent), "Send packet");
        sent.unref();
        await this.#receive(context);
      });
    }

    async flush(): Promise<void> {
      await this.#attempt(async () => {
        if (!this.#context) return;
        av.FFmpegError.throwIfError(await this.#context.sendPacket(null), "Flush decoder");
        await this.#receive(this.#context);
        this.#context.flushBuffers();
        this.#times.clear();
      });
    }

    close(): void {
      this.#context?.freeContext();
      this.#frame?.free();
      this.#packet?.free();
    }

    async #attempt(step: () => Promise<void>): Promise<void> {
      if (this.#failed) return;
      try {
        await step();
      } catch (error) {
        this.#failed = !this.isTolerant;
        this.onError(error);
      }
    }

    async #open(hasAlpha: boolean): Promise<CodecContext> {
      const { config } = this;
      // FFmpeg's own decoders pass over transparency.
      const withAlpha = hasAlpha ? alphaDecoders[this.codec] : undefined;
      const codec =
        (withAlpha && av.Codec.findDecoderByName(withAlpha)) ??
        av.Codec.findDecoder(codecIds[this.codec] ?? av.AV_CODEC_ID_NONE);
      if (!codec) throw new Error(`FFmpeg has no decoder for ${this.codec}.`);
      this.#frame = new av.Frame();
      this.#frame.alloc();
      this.#packet = new av.Packet();
      this.#packet.alloc();
      const { codedWidth: width = 1, codedHeight: height = 1, description } = config;
      const num = (config.displayAspectWidth ?? width) * height;
      const den = (config.displayAspectHeight ?? height) * width;
      const divisor = greatestCommonDivisor(num, den);
      this.#aspect = { num: num / divisor, den: den / divisor };
      const context = new av.CodecContext();
      context.allocContext3(codec);
      context.width = width;
      context.height = height;
      context.extraData = description ? toBuffer(description) : null;
      // Without it, streams that do not say how far pictures are reordered lose some at the start.
      const options = av.Dictionary.fromObject({ strict: av.FF_COMPLIANCE_STRICT });
      av.FFmpegError.throwIfError(await context.open2(codec, options), "Open decoder");
      return context;
    }

    async #receive(context: CodecContext): Promise<void> {
      const frame = this.#frame!;
      for (;;) {
        const status = await context.receiveFrame(frame);
        if (status === av.AVERROR_EAGAIN || status === av.AVERROR_EOF) return;
        av.FFmpegError.throwIfError(status, "Receive frame");
        const times = this.#times.get(frame.pts);
        this.#times.delete(frame.pts);
        // A second picture of one packet has no time of its own: the container counts it as none.
        if (!times) continue;
        const clone = frame.clone();
        if (!clone) throw new Error("No memory for a decoded frame.");
        clone.sampleAspectRatio = new av.Rational(this.#aspect.num, this.#aspect.den);
        const { timestamp, duration } = times;
        this.onSample(
          new mediabunny.VideoSample(new server.AvFrameVideoSampleResource(clone), { timestamp, duration }),
        );
      }
    }
  };
}

/** Matroska's BlockAdditional with the BlockAddID 1 in front, as FFmpeg's libvpx decoders take it. */
function withBlockId(alpha: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), alpha]);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function toBuffer(source: NonNullable<VideoDecoderConfig["description"]>): Buffer {
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
}
