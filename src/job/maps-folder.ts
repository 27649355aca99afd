import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FateZeroError } from "../errors.ts";
import { removeLeftovers, replacePath, temporarySibling } from "../files/index.node.ts";
import type { NamedPicture } from "../picture/index.ts";
import { writeVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import type { Provenance } from "./provenance.ts";
import { checkWritable } from "./writable.ts";

/** The picture of all maps in a folder of them. */
export const OVERVIEW = "overview.png";

/** Letters of the longest of them. */
const NAME_LENGTH = 130;

/** The folder of plain masks inside it, to be painted over and given back. */
const MASKS = "masks";

/** Names that a folder of maps consists of, and those of the folder of masks in it. */
const OWN_NAME = /^(overview|masks|\d{2,}-.*)\.png$/u;
const MASK_NAME = /^\d{5,}\.png$/;

/** Checks, before any work, that a folder of maps can be made at `folder`, or replaced there. */
export async function checkMapsFolder(folder: string): Promise<void> {
  const existing = await stat(folder).catch(() => null);
  const refuse = (message: string): FateZeroError =>
    new FateZeroError("output-not-replaceable", message, "Choose a new folder for the maps.");
  if (existing && !existing.isDirectory()) throw refuse(`"${folder}" is a file, not a folder for maps.`);
  // Another process may have moved it away meanwhile, to replace it.
  const names = existing ? await readdir(folder).catch(() => []) : [];
  const masks = names.includes(MASKS) ? await readdir(join(folder, MASKS)).catch(() => null) : [];
  const painted = (masks ?? []).find((name) => !MASK_NAME.test(name));
  const isOwn = (name: string): boolean => OWN_NAME.test(name) || (name === MASKS && masks !== null);
  const foreign = painted === undefined ? names.find((name) => !isOwn(name)) : join(MASKS, painted);
  if (foreign !== undefined) {
    throw refuse(
      `The folder "${folder}" holds "${foreign}", which is no map: replacing it would delete that.`,
    );
  }
  await checkWritable(resolve(folder), { inside: NAME_LENGTH });
}

/** Writes pictures as a folder of png files, each of which says how it was made. It takes its name only when it is complete. */
export async function writeMapsFolder(
  folder: string,
  pictures: readonly NamedPicture[],
  {
    masks,
    signal,
    metadata,
  }: {
    /** The mask of each frame as a plain picture. */
    readonly masks?: readonly Frame[] | undefined;
    readonly signal: AbortSignal;
    readonly metadata: Provenance;
  },
): Promise<void> {
  const path = resolve(folder);
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const temporary = temporarySibling(path);
  try {
    for (const { name, picture } of pictures)
      await writeVideo(join(temporary, name), [picture], { fps: 1, signal, metadata });
    if (masks) await writeVideo(`${join(temporary, MASKS)}/`, masks, { fps: 1, signal, metadata });
    await checkMapsFolder(folder);
    await replacePath(temporary, path, "folder");
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
