import { MAX_FILE_FRAMES } from "../../limits.ts";
import type { ReadAt } from "./bytes.ts";
import { type Box, boxAt } from "./mp4-boxes.ts";
import { entriesOf, type TableSize, tableSize } from "./mp4-table.ts";

/** Tables of a track's samples: where the number of entries stands, and the bytes of one. */
const TABLES = [
  { type: "stts", countAt: 4, entryBytes: 8, holds: "times" },
  { type: "ctts", countAt: 4, entryBytes: 8, holds: "times" },
  { type: "stsc", countAt: 4, entryBytes: 12, holds: "chunks" },
  { type: "stco", countAt: 4, entryBytes: 4, holds: "chunks" },
  { type: "co64", countAt: 4, entryBytes: 8, holds: "chunks" },
  { type: "stss", countAt: 4, entryBytes: 4, holds: "key frames" },
] as const;

/** More silence than encoders of sound put in front. */
const LONGEST_LEAD_IN_S = 0.1;

/** One edit of a track (14496-12, 8.6.6): `mediaTime` in units of the media, -1 for an empty one. */
interface Edit {
  readonly duration: number;
  readonly mediaTime: number;
  readonly rate: number;
}

/** What a track's headers say. */
export interface Mp4Track {
  readonly isVideo: boolean;
  /** Samples that its tables announce; those of fragments are not among them. */
  readonly samples: number;
  /** Whether every sample is shown once, in the order of its times, from the first to the last. */
  readonly isPlain: boolean;
  readonly lacksShowTimes: boolean;
  /** Whether at most a codec's lead-in is cut away at its beginning, and nothing is put together anew. */
  readonly isHeardWhole: boolean;
  readonly editRate: number | undefined;
  readonly impossible: string | undefined;
}

const words = (count: number) => count.toLocaleString("en-US");

/** 0 for a field past the file's end, as of a file that is cut off. */
async function uint32(readAt: ReadAt, at: number): Promise<number> {
  const view = await readAt(at, 4);
  return view.byteLength < 4 ? 0 : view.getUint32(0);
}

async function uint64(readAt: ReadAt, at: number): Promise<number> {
  return (await uint32(readAt, at)) * 2 ** 32 + (await uint32(readAt, at + 4));
}

/** Time scale and duration of a header box, whose version 1 has 64-bit dates before them. */
async function timesOf(readAt: ReadAt, box: Box | undefined): Promise<{ scale: number; duration: number }> {
  if (!box) return { scale: 1, duration: 0 };
  const isLong = (await uint32(readAt, box.body)) >>> 24 === 1;
  const at = box.body + (isLong ? 20 : 12);
  const duration = isLong ? await uint64(readAt, at + 4) : await uint32(readAt, at + 4);
  return { scale: (await uint32(readAt, at)) || 1, duration };
}

async function editsOf(readAt: ReadAt, box: Box, fileSize: number): Promise<readonly Edit[] | TableSize> {
  const isLong = (await uint32(readAt, box.body)) >>> 24 === 1;
  const size = await tableSize(readAt, box, fileSize, 4, isLong ? 20 : 12);
  if (size.claimed > size.held) return size;
  const edits: Edit[] = [];
  for await (const entry of entriesOf(readAt, box, size, 4, isLong ? 20 : 12)) {
    edits.push({
      duration: isLong ? Number(entry.getBigUint64(0)) : entry.getUint32(0),
      mediaTime: isLong ? Number(entry.getBigInt64(8)) : entry.getInt32(4),
      rate: entry.getInt32(isLong ? 16 : 8) / 65536,
    });
  }
  return edits;
}

/** Sum of the first field of a table's entries: the number of samples that it stands for. */
async function samplesIn(readAt: ReadAt, box: Box, size: TableSize): Promise<number> {
  let sum = 0;
  for await (const entry of entriesOf(readAt, box, size, 4, 8)) sum += entry.getUint32(0);
  return sum;
}

/** Samples of a track by its table of sizes, and what is impossible about them. */
async function sampleCount(
  readAt: ReadAt,
  stbl: Box,
  fileSize: number,
): Promise<{ readonly samples: number; readonly impossible?: string }> {
  const compact = await boxAt(readAt, stbl, ["stz2"]);
  const sizes = compact ?? (await boxAt(readAt, stbl, ["stsz"]));
  if (!sizes) return { samples: 0 };
  const field = await uint32(readAt, sizes.body + 4);
  const bits = compact ? field & 0xff || 4 : 32;
  const { claimed, held } = await tableSize(readAt, sizes, fileSize, 8, 1);
  const isFixed = !compact && field > 0;
  const most = isFixed ? Math.floor(fileSize / field) : Math.floor((held * 8) / bits);
  if (claimed <= most) return { samples: claimed };
  return { samples: claimed, impossible: `${words(claimed)} frames, of which it can hold ${words(most)}` };
}

/** The first thing about a track's tables that the file cannot hold, in words. */
async function impossibleTable(
  readAt: ReadAt,
  stbl: Box,
  fileSize: number,
  samples: number,
): Promise<string | undefined> {
  for (const { type, countAt, entryBytes, holds } of TABLES) {
    const box = await boxAt(readAt, stbl, [type]);
    if (!box) continue;
    const size = await tableSize(readAt, box, fileSize, countAt, entryBytes);
    if (size.claimed > size.held) {
      return `a table of ${words(size.claimed)} ${holds} (${type}), of which it can hold ${words(size.held)}`;
    }
    if (type !== "stts" && type !== "ctts") continue;
    const listed = await samplesIn(readAt, box, size);
    // A few too many are a muxer's slip, and do no harm.
    if (listed > 2 * samples + 1000) {
      return `times of ${words(listed)} frames (${type}), of which it has ${words(samples)}`;
    }
  }
  return undefined;
}

/** Whether edits show all of a media of this duration once at its own speed, from its first sample on. */
function showsAll(
  edits: readonly Edit[],
  movieScale: number,
  media: { scale: number; duration: number; first: number; sample: number },
): boolean {
  if (edits.length === 0) return true;
  const [edit, ...more] = edits;
  if (more.length > 0 || edit!.rate !== 1 || edit!.mediaTime < 0 || edit!.mediaTime > media.first)
    return false;
  const seconds = edit!.duration / movieScale;
  const rest = (media.duration - edit!.mediaTime - media.sample / 2) / media.scale;
  return edit!.duration === 0 || seconds >= rest - 1 / movieScale;
}

/** Reads the headers of a `trak` box. */
export async function readMp4Track(
  readAt: ReadAt,
  trak: Box,
  movie: { readonly scale: number; readonly fileSize: number },
): Promise<Mp4Track> {
  const { fileSize } = movie;
  const handler = await boxAt(readAt, trak, ["mdia", "hdlr"]);
  const isVideo = handler !== undefined && (await uint32(readAt, handler.body + 8)) === 0x76696465;
  const stbl = await boxAt(readAt, trak, ["mdia", "minf", "stbl"]);
  const none = {
    isVideo,
    samples: 0,
    isPlain: false,
    lacksShowTimes: false,
    isHeardWhole: false,
    editRate: undefined,
    impossible: undefined,
  };
  if (!stbl) return none;
  const { samples, impossible: sizes } = await sampleCount(readAt, stbl, fileSize);
  const tables = sizes ?? (await impossibleTable(readAt, stbl, fileSize, samples));
  const claims = (what: string) => ({ ...none, samples, impossible: what });
  if (tables) return claims(tables);
  if (isVideo && samples > MAX_FILE_FRAMES) return claims(`${words(samples)} frames, more than are read`);

  const elst = await boxAt(readAt, trak, ["edts", "elst"]);
  const edits = elst ? await editsOf(readAt, elst, fileSize) : [];
  if ("claimed" in edits) {
    return claims(`${words(edits.claimed)} edits, of which it can hold ${words(edits.held)}`);
  }
  // Every edit may show every sample once more.
  if (edits.length * samples > Math.max(MAX_FILE_FRAMES, 2 * samples)) {
    return claims(`${words(edits.length)} edits of ${words(samples)} frames, more than are read`);
  }
  const media = await timesOf(readAt, await boxAt(readAt, trak, ["mdia", "mdhd"]));
  const stts = await boxAt(readAt, stbl, ["stts"]);
  const ctts = await boxAt(readAt, stbl, ["ctts"]);
  const first = ctts ? await uint32(readAt, ctts.body + 12) : 0;
  const sample = stts ? await uint32(readAt, stts.body + 12) : 0;
  const stsd = await boxAt(readAt, stbl, ["stsd"]);
  const kinds = stsd ? await uint32(readAt, stsd.body + 4) : 0;
  const odd = edits.find(({ rate, mediaTime }) => mediaTime >= 0 && rate !== 1);
  const isPlain = kinds === 1 && showsAll(edits, movie.scale, { ...media, first, sample });
  const shown = edits.filter(({ mediaTime }, i) => mediaTime >= 0 || i > 0);
  const leadIn = Math.max(0, ...shown.map(({ mediaTime }) => mediaTime)) / media.scale;
  const isHeardWhole = shown.length <= 1 && odd === undefined && leadIn < LONGEST_LEAD_IN_S;
  return {
    isVideo,
    samples,
    isPlain,
    lacksShowTimes: !ctts,
    isHeardWhole,
    editRate: odd?.rate,
    impossible: undefined,
  };
}

/** Ticks a second of the whole movie. */
export async function movieScale(readAt: ReadAt, moov: Box): Promise<number> {
  return (await timesOf(readAt, await boxAt(readAt, moov, ["mvhd"]))).scale;
}
