import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withSource } from "../files/index.ts";
import type { VideoSource } from "../video/index.ts";

/** Bytes that are hashed at each end of a file: they tell videos apart, and are read at once. */
const END_BYTES = 64 * 1024;

/** 32 hex digits of a plain file's size and both its ends; null where there is none that can be read. */
export async function fingerprintOfFile(path: string): Promise<string | null> {
  // Opening anything else may wait for ever.
  if (!(await stat(path).catch(() => null))?.isFile()) return null;
  return withSource(path, async (source) => {
    const size = await source.size();
    const hash = createHash("sha256").update(`${size}\n`);
    hash.update(await source.read(0, END_BYTES));
    hash.update(await source.read(Math.max(0, size - END_BYTES), END_BYTES));
    return hash.digest("hex").slice(0, 32);
  }).catch(() => null);
}

/** Where an inversion's video is, as a file keeps it: with a fingerprint by which it is known again. */
export async function keptSource(source: VideoSource): Promise<VideoSource> {
  const { isNamedOnly, ...kept } = source;
  if (isNamedOnly || !source.hasAudio) return kept;
  const fingerprint = await fingerprintOfFile(source.path);
  return fingerprint === null ? kept : { ...kept, fingerprint };
}

/**
 * The video that a saved inversion names: the file of that name beside it, if its fingerprint fits. Else the path is only
 * told, and nothing is opened by it.
 */
export async function foundSource(file: string, source: VideoSource): Promise<VideoSource> {
  const { path, from, to, hasAudio, fingerprint } = source;
  const named = { path, from, to, hasAudio, ...(typeof fingerprint === "string" ? { fingerprint } : {}) };
  const name = String(path).split(/[\\/]/).at(-1)!;
  if (hasAudio && named.fingerprint && !["", ".", ".."].includes(name)) {
    const beside = join(dirname(file), name);
    if ((await fingerprintOfFile(beside)) === fingerprint) return { ...named, path: beside };
  }
  return { ...named, isNamedOnly: true };
}
