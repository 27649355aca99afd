import { MAX_FILE_FRAMES, MAX_MP4_BOXES } from "../../limits.ts";
import type { ReadAt, Structure } from "./bytes.ts";
import { type Box, boxesIn } from "./mp4-boxes.ts";
import { tableSize } from "./mp4-table.ts";
import { type Mp4Track, movieScale, readMp4Track } from "./mp4-track.ts";

/** Samples that a fragment (`moof`) announces. */
async function fragmentSamples(readAt: ReadAt, moof: Box, fileSize: number): Promise<number> {
  let samples = 0;
  for await (const traf of boxesIn(readAt, moof.body, moof.end)) {
    if (traf.type !== "traf") continue;
    for await (const trun of boxesIn(readAt, traf.body, traf.end)) {
      if (trun.type === "trun") samples += (await tableSize(readAt, trun, fileSize, 4, 1)).claimed;
    }
  }
  return samples;
}

async function tracksOf(readAt: ReadAt, moov: Box, fileSize: number): Promise<Mp4Track[]> {
  const scale = await movieScale(readAt, moov);
  const tracks: Mp4Track[] = [];
  for await (const box of boxesIn(readAt, moov.body, moov.end)) {
    if (box.type === "trak") tracks.push(await readMp4Track(readAt, box, { scale, fileSize }));
  }
  return tracks;
}

/**
 * How an mp4 or mov file can be read, from its boxes' headers and the sizes of its tables: none of them is expanded, so
 * that one that lies costs nothing.
 */
export async function mp4Structure(readAt: ReadAt, fileSize: number): Promise<Structure> {
  let tracks: readonly Mp4Track[] = [];
  let fragments = 0;
  let fragmented = 0;
  let end = 0;
  for await (const box of boxesIn(readAt, 0, fileSize, MAX_MP4_BOXES)) {
    end = Math.max(end, box.end);
    if (box.type === "moov") tracks = await tracksOf(readAt, box, fileSize);
    if (box.type !== "moof") continue;
    fragments++;
    fragmented += await fragmentSamples(readAt, box, fileSize);
  }
  const videos = tracks.filter(({ isVideo }) => isVideo);
  // A sample has at least a byte.
  const tooMany = fragmented > Math.min(fileSize, MAX_FILE_FRAMES) ? fragmented : undefined;
  const impossible =
    tracks.find((track) => track.impossible)?.impossible ??
    (tooMany === undefined
      ? undefined
      : `${tooMany.toLocaleString("en-US")} samples in fragments, more than it can hold`);
  const announced = videos[0]?.samples;
  return {
    hasPlainIndex: fragments === 0 && videos.length > 0 && videos.every(({ isPlain }) => isPlain),
    lacksShowTimes: videos.some(({ lacksShowTimes }) => lacksShowTimes),
    hasPlainSound: tracks.every(({ isVideo, isHeardWhole }) => isVideo || isHeardWhole),
    isCutOff: end > fileSize,
    announced: fragments === 0 && announced ? announced : undefined,
    editRate: videos.find(({ editRate }) => editRate !== undefined)?.editRate,
    impossible,
  };
}
