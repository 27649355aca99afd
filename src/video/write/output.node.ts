import { constants } from "node:fs";
import { access, readdir, realpath, stat } from "node:fs/promises";
import { dirname, extname, join, resolve, sep } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { checkNames, checkRoom, existingPath, isLeftover } from "../../files/index.node.ts";
import { FRAME_FILE_NAME } from "./folder-sink.node.ts";
import type { ContainerKind } from "./sink.ts";

/** Where frames are to go: `path` is absolute and has no trailing separator. */
export interface OutputTarget {
  readonly kind: "folder" | ContainerKind | "gif" | "webp" | "apng" | "png" | "jpg";
  readonly path: string;
}

const KINDS: Record<string, Exclude<OutputTarget["kind"], "folder">> = {
  ".mp4": "mp4",
  ".mov": "mov",
  ".mkv": "mkv",
  ".webm": "webm",
  ".gif": "gif",
  ".webp": "webp",
  ".apng": "apng",
  ".png": "png",
  ".jpg": "jpg",
  ".jpeg": "jpg",
};
/** Files that a desktop leaves in any folder it has shown; nobody misses them. */
const DESKTOP_FILES = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/**
 * What an output path means: a folder when it ends in "/" (or the platform's separator), else a video or an image by
 * its extension.
 * Throws FateZeroError `output-format`.
 */
function parseOutput(output: string): OutputTarget {
  if (output.endsWith("/") || output.endsWith(sep)) return { kind: "folder", path: resolve(output) };
  const extension = extname(output).toLowerCase();
  const kind = KINDS[extension];
  if (kind) return { kind, path: resolve(output) };
  throw new FateZeroError(
    "output-format",
    `The output "${output}" ${extension ? `has the extension "${extension}"` : "has no extension"}, which is no format that can be written.`,
    'End it in .mp4, .mov, .mkv, .webm, .gif, .webp or .apng for a video, in .png, .jpg or .webp for an image, or in "/" for a folder of images.',
  );
}

/** The longest side in pixels that a format holds, or its encoder here takes. */
const LONGEST_SIDES: Readonly<Partial<Record<OutputTarget["kind"], number>>> = {
  mp4: 16_384,
  mov: 16_384,
  mkv: 16_384,
  webm: 65_536,
  gif: 65_535,
  webp: 16_383,
  jpg: 65_500,
};
/** Letters of a frame's file name in a folder. */
const FRAME_NAME_LENGTH = 16;
/** Bytes that a frame takes at least, however plain it is: less is a full disk. */
const LEAST_FRAME_BYTES = 64;

function notWritable(output: string, folder: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "output-not-writable",
    `"${output}" cannot be written: "${folder}" is not a folder that this user may write to.`,
    "Choose another output path or change the folder's permissions.",
    { cause },
  );
}

/** Refuses an output that is what is read, or a folder that holds it. Throws FateZeroError `output-is-input`. */
export async function checkNotInput(output: string, path: string, input: string): Promise<void> {
  const from = await realpath(input).catch(() => resolve(input));
  const to = await realpath(path).catch(() => path);
  if (from === to || from.startsWith(to + sep)) {
    throw new FateZeroError(
      "output-is-input",
      `The output "${output}" is the input "${input}" or the folder that holds it.`,
      "Choose another output path.",
    );
  }
}

/** Refuses to replace a folder that holds anything that this program would not have written. */
async function checkReplaceableFolder(output: string, path: string): Promise<void> {
  // Another process may have moved it away meanwhile, to replace it.
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const foreign: string[] = [];
  for (const name of names) {
    if (FRAME_FILE_NAME.test(name) || DESKTOP_FILES.has(name)) continue;
    if (!(await isLeftover(join(path, name)))) foreign.push(name);
  }
  if (foreign.length === 0) return;
  const more = foreign.length > 1 ? ` and ${foreign.length - 1} more` : "";
  throw new FateZeroError(
    "output-not-replaceable",
    `The folder "${output}" holds "${foreign[0]}"${more}, not only numbered frames (00000.png …): replacing it would delete that.`,
    "Choose a new folder or empty this one.",
  );
}

/** Refuses to put several frames into a format that holds one picture. Throws FateZeroError `too-many-frames`. */
export function checkFrameCount(output: string, { kind }: OutputTarget, frames: number): void {
  if (frames < 2 || (kind !== "png" && kind !== "jpg")) return;
  throw new FateZeroError(
    "too-many-frames",
    `"${output}" is to be one image, but there are ${frames > 2 ? `${frames} frames` : "several frames"}.`,
    'Take one frame, or write a video (.mp4, .gif, .webp, .apng …) or a folder of images (a path that ends in "/").',
  );
}

/** Refuses pictures that the format cannot hold. Throws FateZeroError `frame-too-large`. */
export function checkFrameSize(
  output: string,
  { kind }: OutputTarget,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const most = LONGEST_SIDES[kind];
  if (most === undefined || Math.max(width, height) <= most) return;
  throw new FateZeroError(
    "frame-too-large",
    `"${output}" is to hold pictures of ${width}x${height} pixels, and ${kind} files hold ${most} a side at most.`,
    'Choose a smaller size, or a folder of images (a path that ends in "/").',
  );
}

/**
 * Checks, before any work is done, that `frames` frames (if given) can go to `output`: the format is known and holds as
 * many of this `size` (if given), the name is not too long, the nearest existing folder is writable and not full, `input` (if given) would not be overwritten, and a folder that would be
 * replaced holds nothing but numbered frames and their metadata. Changes nothing on disk. Throws FateZeroError
 * `output-format`, `too-many-frames`, `frame-too-large`, `output-name`, `output-not-writable`, `no-space`, `output-is-input`, `output-not-replaceable`.
 */
export async function checkOutput(
  output: string,
  options: {
    readonly input?: string;
    readonly frames?: number;
    readonly size?: { readonly width: number; readonly height: number };
  } = {},
): Promise<OutputTarget> {
  const target = parseOutput(output);
  const { path } = target;
  checkFrameCount(output, target, options.frames ?? 1);
  if (options.size) checkFrameSize(output, target, options.size);
  await checkNames(output, target.kind === "folder" ? FRAME_NAME_LENGTH : 0);
  if (options.input !== undefined) await checkNotInput(output, path, options.input);

  const parent = await existingPath(dirname(path));
  await access(parent, constants.W_OK).catch((cause: unknown) => {
    throw notWritable(output, parent, cause);
  });
  if (!(await stat(parent)).isDirectory()) throw notWritable(output, parent);
  await checkRoom(output, LEAST_FRAME_BYTES * (options.frames ?? 1));

  const existing = await stat(path).catch(() => undefined);
  if (existing && existing.isDirectory() !== (target.kind === "folder")) {
    throw new FateZeroError(
      "output-not-replaceable",
      `"${output}" is to be a ${target.kind === "folder" ? "folder" : "file"}, but a ${existing.isDirectory() ? "folder" : "file"} of that name exists.`,
      "Choose another output path or remove what is there.",
    );
  }
  if (existing?.isDirectory()) await checkReplaceableFolder(output, path);
  return target;
}
