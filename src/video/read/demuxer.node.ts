import type { FormatContext, Packet, Stream } from "node-av";
import type { Ffmpeg } from "../codecs.node.ts";

type Av = Ffmpeg["av"];

/** Containers that are read. Playlists, scripts and network protocols, which name other files, are none. */
const FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,ivf";

/** One coded picture as it lies in the file. */
export interface CodedPicture {
  readonly data: Uint8Array;
  readonly isKey: boolean;
  /** When it is shown, in seconds; NaN where the file does not say. */
  readonly timestamp: number;
  readonly duration: number;
  /** When it is decoded, in seconds; NaN where nobody knows. */
  readonly decodedAt: number;
  /** Which stretch of the file it belongs to, where an edit list puts several in a row. */
  readonly stretch: number;
  /** Needed to decode others, but not shown: cut away by an edit list, or made for reference only. */
  readonly isHidden: boolean;
  /** Coded plane of opacity. */
  readonly alpha: Uint8Array | undefined;
  /** A decoder's new description, where the coding changes in mid-stream. */
  readonly description: Uint8Array | undefined;
}

/** A video file that FFmpeg reads in sequence, edit lists applied. */
export interface Demuxed {
  readonly stream: Stream;
  readonly hasAudio: boolean;
  /** Seconds at which the pictures begin and end by the headers; undefined where they do not say. */
  readonly begin: number;
  readonly duration: number | undefined;
  /** Turns clockwise in degrees and mirroring, as the header says. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly flip: boolean;
  /**
   * Pictures from the file's beginning to its end, in the order of decoding; can be asked for once. Returns whether the
   * file ends within one, or otherwise too early.
   */
  pictures(): AsyncGenerator<CodedPicture, boolean, undefined>;
  close(): Promise<void>;
}

/** A part of a file after its last picture that is too large for an index: there is something that cannot be read. */
const LARGE_REST = 0.2;

/**
 * Opens a file; undefined where FFmpeg knows no container in it, or no pictures in that. Of a broadcast stream that is
 * cut off the last picture is half a one, and left out.
 */
export async function demux({ av }: Ffmpeg, path: string, isCutOff: boolean): Promise<Demuxed | undefined> {
  const context = new av.FormatContext();
  const options = av.Dictionary.fromObject({ protocol_whitelist: "file", format_whitelist: FORMATS });
  if ((await context.openInput(`file:${path}`, null, options)) < 0) return undefined;
  await context.findStreamInfo();
  const index = context.findBestStream(av.AVMEDIA_TYPE_VIDEO);
  const stream = context.streams[index];
  if (!stream) {
    await context.closeInput();
    return undefined;
  }
  const hasAudio = context.findBestStream(av.AVMEDIA_TYPE_AUDIO) >= 0;
  for (const other of context.streams) if (other.index !== index) other.discard = av.AVDISCARD_ALL;
  const origin = originOf(av, context, stream);
  return {
    stream,
    hasAudio,
    begin: Math.max(0, startOf(av, stream) - origin),
    duration: durationOf(av, context, stream),
    ...orientation(stream.codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX)),
    pictures: () => picturesOf(av, context, stream, { origin, isCutOff }),
    close: () => context.closeInput(),
  };
}

/** Seconds that the file's clock shows at its beginning: streams of broadcasts begin anywhere. */
export function originOf(av: Av, context: FormatContext, stream: Stream): number {
  const name = context.iformat?.name ?? "";
  const begin = context.startTime;
  if (begin === av.AV_NOPTS_VALUE) return 0;
  // Of mp4 and mkv the zero counts: pictures may begin later, the sound with them.
  return /mov|matroska/.test(name) ? Math.min(0, startOf(av, stream)) : Number(begin) / 1e6;
}

function startOf(av: Av, stream: Stream): number {
  return stream.startTime === av.AV_NOPTS_VALUE ? 0 : Number(stream.startTime) * unitOf(stream);
}

function durationOf(av: Av, context: FormatContext, stream: Stream): number | undefined {
  if (stream.duration !== av.AV_NOPTS_VALUE && stream.duration > 0n)
    return Number(stream.duration) * unitOf(stream);
  const { duration } = context;
  return duration === av.AV_NOPTS_VALUE || duration <= 0n ? undefined : Number(duration) / 1e6;
}

function unitOf({ timeBase }: Stream): number {
  return timeBase.num / timeBase.den;
}

/** Rotation and mirroring of a display matrix (14496-12, 6.2.2; nine 32-bit numbers, 16.16 but for the last column). */
function orientation(matrix: Buffer | null): Pick<Demuxed, "rotation" | "flip"> {
  if (!matrix || matrix.length < 36) return { rotation: 0, flip: false };
  const [a, b, , c, d] = Array.from({ length: 5 }, (_, i) => matrix.readInt32LE(i * 4) / 65536);
  const flip = a! * d! - b! * c! < 0;
  const turns = (Math.round(Math.atan2(b!, flip ? -a! : a!) / (Math.PI / 2)) + 4) % 4;
  return { rotation: ([0, 90, 180, 270] as const)[turns]!, flip };
}

async function* picturesOf(
  av: Av,
  context: FormatContext,
  stream: Stream,
  { origin, isCutOff }: { readonly origin: number; readonly isCutOff: boolean },
): AsyncGenerator<CodedPicture, boolean, undefined> {
  const packet = new av.Packet();
  packet.alloc();
  const unit = unitOf(stream);
  const isVp8 = stream.codecpar.codecId === av.AV_CODEC_ID_VP8;
  // FFmpeg goes through an mp4's edits one by one, each in the order of decoding.
  const hasStretches = context.iformat?.name?.includes("mov") ?? false;
  const endsInHalf = isCutOff && context.iformat?.name === "mpegts";
  let stretch = 0;
  let decoded = -Infinity;
  let readUpTo = 0n;
  const size = (await context.pb?.size()) ?? 0n;
  let halved: CodedPicture | undefined;
  try {
    for (;;) {
      const status = await context.readFrame(packet);
      // A picture whose data ends too early is taken if others follow, as FFmpeg does; the last one is cut off.
      if (status < 0) {
        const isRestLarge =
          !hasStretches && readUpTo > 0n && Number(size - readUpTo) > LARGE_REST * Number(size);
        return halved !== undefined || status !== av.AVERROR_EOF || isRestLarge;
      }
      if (packet.streamIndex === stream.index && packet.size > 0) {
        if (halved) yield halved;
        if (packet.pos >= 0n) readUpTo = packet.pos + BigInt(packet.size);
        const dts = Number(packet.dts);
        if (hasStretches && dts < decoded) stretch++;
        decoded = dts;
        const picture = { ...pictureOf(av, packet, unit, origin, isVp8), stretch };
        halved = endsInHalf || packet.hasFlags(av.AV_PKT_FLAG_CORRUPT) ? picture : undefined;
        if (!halved) yield picture;
      }
      packet.unref();
    }
  } finally {
    packet.free();
  }
}

function pictureOf(
  av: Av,
  packet: Packet,
  unit: number,
  origin: number,
  isVp8: boolean,
): Omit<CodedPicture, "stretch"> {
  // The packet's memory is given back before the picture is done with.
  const data = Uint8Array.from(packet.data!);
  const seconds = (ticks: bigint) =>
    ticks === av.AV_NOPTS_VALUE ? Number.NaN : Number(ticks) * unit - origin;
  const withId = packet.getSideData(av.AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL);
  const description = packet.getSideData(av.AV_PKT_DATA_NEW_EXTRADATA);
  // RFC 6386, 9.1: the fifth bit says whether the frame is to be shown.
  const isReference = isVp8 && (data[0]! & 0x10) === 0;
  return {
    data,
    isKey: packet.isKeyframe,
    timestamp: seconds(packet.pts === av.AV_NOPTS_VALUE ? packet.dts : packet.pts),
    decodedAt: seconds(packet.dts),
    duration: Number(packet.duration) * unit,
    isHidden: isReference || packet.hasFlags(av.AV_PKT_FLAG_DISCARD),
    alpha: withId && withId.length > 8 ? Uint8Array.from(withId.subarray(8)) : undefined,
    description: description ? Uint8Array.from(description) : undefined,
  };
}
