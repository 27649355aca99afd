/** Animated PNG (PNG specification, 3rd edition, 11.3.5.3): its frames and their times, and whether they are all there. */

const SIGNATURE = 8;

/** What an animated png holds beside its still picture. */
export interface ApngInfo {
  /** Frames that the file announces. */
  readonly announced: number;
  /** How long each frame that is there is shown, in milliseconds. */
  readonly delays: readonly number[];
  /** Whether the picture that other programs show is the first of them. */
  readonly isDefaultShown: boolean;
}

/** One piece of a png: name, where its data begins, and their length, which may lead beyond the end of the file. */
export interface PngChunk {
  readonly name: string;
  readonly at: number;
  readonly length: number;
}

/** The chunks of a png, up to one that the file ends in. */
export function* pngChunks(png: Uint8Array): Generator<PngChunk, void, undefined> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = SIGNATURE; at + 8 <= png.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8));
    yield { name, at: at + 8, length };
    at += 12 + length;
  }
}

/** The animation in a png; undefined where there is none. */
export function apngInfo(png: Uint8Array): ApngInfo | undefined {
  if (png.length < SIGNATURE || png[0] !== 0x89 || png[1] !== 0x50) return undefined;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let announced: number | undefined;
  let next: number | undefined;
  let isDefaultShown = false;
  const delays: number[] = [];
  for (const { name, at, length } of pngChunks(png)) {
    if (at + length > png.length) break;
    if (name === "acTL" && length >= 8) announced ??= view.getUint32(at);
    // Only before the picture does it announce an animation.
    if (name === "IDAT" && announced === undefined) return undefined;
    if (name === "fcTL" && length >= 26) {
      // A denominator of 0 stands for hundredths of a second.
      next = (view.getUint16(at + 20) * 1000) / (view.getUint16(at + 22) || 100);
    }
    if ((name === "IDAT" || name === "fdAT") && next !== undefined) {
      delays.push(next);
      isDefaultShown ||= name === "IDAT";
      next = undefined;
    }
    if (name === "IEND") break;
  }
  return announced === undefined ? undefined : { announced, delays, isDefaultShown };
}
