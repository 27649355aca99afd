import type { CustomVideoEncoder, VideoSample } from "mediabunny";
import type { CodecContext, FFEncoderCodec, Frame, Packet } from "node-av";
import { avcConfigOf, withoutParameterSets } from "./avc-units.ts";

type Mediabunny = typeof import("mediabunny");
type Av = typeof import("node-av");

/** Frames from one picture that can be jumped to, to the next. */
const KEY_FRAME_INTERVAL = 60;
/** What FFmpeg says of a clip's frame rate where frames come at their own times. */
const USUAL_RATE = 30;

/** How mediabunny tells the quantizer with every frame; DOM's types lack H.264's. */
interface Quantized {
  readonly avc?: { readonly quantizer?: number };
  readonly vp9?: { readonly quantizer?: number };
}

interface Encoding {
  readonly encoder: FFEncoderCodec;
  /** The encoder's own options, for a constant quantizer. */
  readonly options: (quantizer: number) => Readonly<Record<string, string>>;
}

/**
 * An H.264 and VP9 encoder for mediabunny over FFmpeg's libraries, used in place of @mediabunny/server's own: that one
 * lets x264 take as many threads as the machine has processors, which changes what it writes, and leaves out of the
 * stream which colours it holds. Takes 8-bit 4:2:0 of bt709, limited range, at one constant quantizer.
 */
export function steadyEncoder(
  mediabunny: Mediabunny,
  av: Av,
): Pick<Mediabunny["CustomVideoEncoder"], "supports" | "prototype"> & (new () => CustomVideoEncoder) {
  const encodings: Readonly<Record<string, Encoding>> = {
    avc: {
      encoder: av.FF_ENCODER_LIBX264,
      // Without start codes: units come with their length in front, as mp4 and Matroska hold them.
      options: (quantizer) => ({ qp: String(quantizer), "x264-params": "annexb=0" }),
    },
    vp9: {
      encoder: av.FF_ENCODER_LIBVPX_VP9,
      options: (quantizer) => ({ crf: String(quantizer), deadline: "realtime", "cpu-used": "5" }),
    },
  };

  return class SteadyEncoder extends mediabunny.CustomVideoEncoder {
    #context: CodecContext | undefined;
    #frame: Frame | undefined;
    #packet: Packet | undefined;
    /** Must outlive the sending of a frame: FFmpeg's side holds no reference. */
    #planes: Buffer | undefined;
    #isFirst = true;
    /** What the last frame was sent with: no two go by one time, whatever the clip says. */
    #lastTime = -(2n ** 62n);
    /** Exact times of the frames that are in the encoder, by the microseconds they were sent with. */
    readonly #times = new Map<bigint, { timestamp: number; duration: number }>();

    static override supports(codec: string, config: VideoEncoderConfig): boolean {
      return encodings[codec] !== undefined && config.bitrateMode === "quantizer";
    }

    init(): void {}

    async encode(sample: VideoSample, options: { readonly keyFrame?: boolean } & Quantized): Promise<void> {
      const quantizer = this.codec === "avc" ? options.avc?.quantizer : options.vp9?.quantizer;
      if (quantizer === undefined) throw new Error(`No quantizer for ${this.codec}.`);
      this.#context ??= await this.#open(quantizer);
      const frame = this.#frame!;
      await this.#fill(frame, sample);
      const time = BigInt(sample.microsecondTimestamp);
      frame.pts = time > this.#lastTime ? time : this.#lastTime + 1n;
      this.#lastTime = frame.pts;
      frame.duration = BigInt(sample.microsecondDuration);
      frame.pictType = options.keyFrame ? av.AV_PICTURE_TYPE_I : av.AV_PICTURE_TYPE_NONE;
      this.#times.set(frame.pts, { timestamp: sample.timestamp, duration: sample.duration });
      av.FFmpegError.throwIfError(await this.#context.sendFrame(frame), "Send frame");
      await this.#receive(this.#context);
    }

    async flush(): Promise<void> {
      if (!this.#context) return;
      av.FFmpegError.throwIfError(await this.#context.sendFrame(null), "Flush encoder");
      await this.#receive(this.#context);
    }

    close(): void {
      this.#context?.freeContext();
      this.#frame?.free();
      this.#packet?.free();
    }

    /** The frame points into `#planes`, which FFmpeg copies when the frame is sent. */
    async #fill(frame: Frame, sample: VideoSample): Promise<void> {
      if (sample.format !== "I420") throw new Error(`Not I420: ${sample.format}.`);
      const size = sample.allocationSize();
      if (this.#planes?.length !== size) this.#planes = Buffer.alloc(size);
      await sample.copyTo(this.#planes);
      av.FFmpegError.throwIfError(frame.fromBuffer(this.#planes), "Fill frame");
    }

    async #open(quantizer: number): Promise<CodecContext> {
      const { encoder, options } = encodings[this.codec]!;
      const codec = av.Codec.findEncoderByName(encoder);
      if (!codec) throw new Error(`FFmpeg has no ${encoder}.`);
      this.#frame = new av.Frame();
      this.#frame.alloc();
      this.#frame.format = av.AV_PIX_FMT_YUV420P;
      this.#frame.width = this.config.width;
      this.#frame.height = this.config.height;
      this.#frame.colorPrimaries = av.AVCOL_PRI_BT709;
      this.#frame.colorTrc = av.AVCOL_TRC_BT709;
      this.#frame.colorSpace = av.AVCOL_SPC_BT709;
      this.#frame.colorRange = av.AVCOL_RANGE_MPEG;
      this.#packet = new av.Packet();
      this.#packet.alloc();
      const context = new av.CodecContext();
      context.allocContext3(codec);
      context.width = this.config.width;
      context.height = this.config.height;
      context.pixelFormat = av.AV_PIX_FMT_YUV420P;
      context.colorPrimaries = av.AVCOL_PRI_BT709;
      context.colorTrc = av.AVCOL_TRC_BT709;
      context.colorSpace = av.AVCOL_SPC_BT709;
      context.colorRange = av.AVCOL_RANGE_MPEG;
      context.timeBase = new av.Rational(1, 1e6);
      context.framerate = new av.Rational(Math.round(this.config.framerate ?? 0) || USUAL_RATE, 1);
      context.sampleAspectRatio = new av.Rational(1, 1);
      context.gopSize = KEY_FRAME_INTERVAL;
      context.bitRate = 0n;
      context.qMin = quantizer;
      context.qMax = quantizer;
      // Encoders cut pictures by their threads: another number gives other bytes.
      context.threadCount = 1;
      for (const [name, value] of Object.entries(options(quantizer)))
        av.FFmpegError.throwIfError(context.setOption(name, value), `Option ${name}`);
      av.FFmpegError.throwIfError(await context.open2(), "Open encoder");
      return context;
    }

    async #receive(context: CodecContext): Promise<void> {
      const packet = this.#packet!;
      for (;;) {
        const status = await context.receivePacket(packet);
        if (status === av.AVERROR_EAGAIN || status === av.AVERROR_EOF) return;
        av.FFmpegError.throwIfError(status, "Receive packet");
        const times = this.#times.get(packet.pts);
        this.#times.delete(packet.pts);
        if (!packet.data || !times) throw new Error("FFmpeg gave a packet of no frame.");
        const units = new Uint8Array(packet.data);
        const data = this.codec === "avc" ? withoutParameterSets(units) : units;
        const type = packet.isKeyframe ? "key" : "delta";
        const coded = new mediabunny.EncodedPacket(data, type, times.timestamp, times.duration);
        this.onPacket(coded, this.#isFirst ? { decoderConfig: this.#decoderConfig(units) } : undefined);
        this.#isFirst = false;
      }
    }

    #decoderConfig(units: Uint8Array): VideoDecoderConfig {
      const { width: codedWidth, height: codedHeight } = this.config;
      const colorSpace = {
        primaries: "bt709",
        transfer: "bt709",
        matrix: "bt709",
        fullRange: false,
      } as const;
      const common = { codedWidth, codedHeight, colorSpace };
      if (this.codec !== "avc") return { codec: this.config.codec, ...common };
      return { ...avcConfigOf(units), ...common };
    }
  };
}
