import { asTile } from "../picture/index.ts";
import { spread } from "../spread.ts";
import type { Frame } from "../video/index.ts";

/** Columns of a contact sheet at most; longer clips are shown by frames spread evenly. */
const COLUMNS = 8;

/** The frames of a clip that a contact sheet shows, no larger than it shows them. */
export function tilesOf(frames: readonly Frame[]): Frame[] {
  return spread(frames.length, COLUMNS).map((index) => asTile(frames[index]!));
}

/** What stands above the tiles of a clip of so many frames. */
export function tileTitles(frames: number): string[] {
  return spread(frames, COLUMNS).map((index) => `frame ${index}`);
}
