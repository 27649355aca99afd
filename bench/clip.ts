import { fileURLToPath } from "node:url";
import { readVideo, resizeFrame, type Video } from "../src/index.ts";

/** The README's example. */
export const SOURCE = "a red car on a road under a blue sky";
export const TARGET = "a blue car on a road under a blue sky";

/** Frames of the example clip, 16 at most. */
export function exampleClip(frames: number): Promise<Video> {
  return readVideo(fileURLToPath(new URL("../examples/car.mp4", import.meta.url)), { frames });
}

/** The same in squares of so many pixels a side. */
export async function exampleClipAt(count: number, side: number): Promise<Video> {
  const { frames, ...clip } = await exampleClip(count);
  return { ...clip, frames: frames.map((frame) => resizeFrame(frame, side, side)) };
}

/** Prints rows with their columns lined up, the first column to the left. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
    );
  }
}

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
