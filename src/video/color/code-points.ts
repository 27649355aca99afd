import type { ColorTags } from "./color.ts";

/** Names of the numbers by which files and FFmpeg tag colours (ITU-T H.273), as far as they make a difference here. */
const MATRICES: Readonly<Record<number, string>> = {
  1: "bt709",
  5: "bt470bg",
  6: "smpte170m",
  9: "bt2020-ncl",
};
const TRANSFERS: Readonly<Record<number, string>> = { 1: "bt709", 16: "pq", 18: "hlg" };
const PRIMARIES: Readonly<Record<number, string>> = { 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020" };

/** Colour tags of FFmpeg's numbers; its ranges are 1 (limited) and 2 (full). */
export function colorTags(of: {
  readonly colorSpace: number;
  readonly colorTrc: number;
  readonly colorPrimaries: number;
  readonly colorRange: number;
}): ColorTags {
  return {
    matrix: MATRICES[of.colorSpace],
    transfer: TRANSFERS[of.colorTrc],
    primaries: PRIMARIES[of.colorPrimaries],
    fullRange: of.colorRange === 2 ? true : of.colorRange === 1 ? false : undefined,
  };
}
