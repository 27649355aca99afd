import { open, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { foreignPicture, IMAGE_EXTENSIONS, isReadImage, PICTURE_HEAD } from "../foreign-picture.ts";
import { refuseForeign } from "../images.node.ts";
import { byCodePoints, byNumber } from "../natural-order.ts";
import type { SourceOptions } from "./source.ts";

/** Files and folders that systems leave beside pictures, hidden ones aside; nobody means them. */
const DESKTOP = new Set(["thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "@eadir"]);
/** So many names a message lists. */
const NAMED = 3;

/** The first bytes of a file as latin1 text. Errors of the file system pass through. */
export async function readHead(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PICTURE_HEAD), 0, PICTURE_HEAD, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The first few names, and how many more there are. */
function nameFew(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return (
    names
      .slice(0, NAMED)
      .map((name) => `"${name}"`)
      .join(", ") + more
  );
}

const stemOf = (name: string) => name.slice(0, name.length - extname(name).length).toLowerCase();

interface Listing {
  readonly images: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * What of a folder's entries is a frame: images by their extension, others by what they hold. A photograph of a kind
 * that is not read would be a frame that is lost, so it is refused, unless the same picture lies beside it as an image
 * that is read. Throws FateZeroError `image-unsupported`.
 */
async function sortEntries(folder: string): Promise<Listing> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith(".") && !DESKTOP.has(name.toLowerCase()))
    .sort((a, b) => byNumber(a.name, b.name));
  const images: string[] = [];
  const others: string[] = [];
  const foreign: { name: string; head: string; isDocument: boolean }[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (entry.isDirectory()) others.push(`${name}/`);
    else if (IMAGE_EXTENSIONS.includes(extname(name).toLowerCase())) images.push(name);
    else if (!entry.isFile() && !entry.isSymbolicLink()) others.push(name);
    else {
      const head = await readHead(join(folder, name)).catch(() => "");
      const kind = foreignPicture(name, head);
      // A gif is an animation as a rule.
      if (kind) foreign.push({ name, head, isDocument: kind.isDocument ?? false });
      else if (isReadImage(head) && !head.startsWith("GIF8")) images.push(name);
      else others.push(name);
    }
  }
  const stems = new Set(images.map(stemOf));
  for (const { name, head, isDocument } of foreign) {
    const isFrame = images.length === 0 || (!isDocument && !stems.has(stemOf(name)));
    if (isFrame) refuseForeign(join(folder, name), head);
  }
  return { images, skipped: [...foreign.map(({ name }) => name), ...others] };
}

/**
 * The images of a folder in the order of their numbers (`frame2.png` before `frame10.png`), or by code points as the
 * released code's `sorted(os.listdir())` (video_diffusion/data/dataset.py). Hidden files and those that a desktop leaves
 * are passed over, all others are named in a warning. Throws FateZeroError `empty-folder`, `image-unsupported`.
 */
export async function listImages(
  folder: string,
  { order = "numbers", onWarning = () => {} }: Pick<SourceOptions, "order" | "onWarning">,
): Promise<string[]> {
  const { images, skipped } = await sortEntries(folder);
  if (images.length === 0) {
    throw new FateZeroError(
      "empty-folder",
      `The folder "${folder}" holds no images (${IMAGE_EXTENSIONS.join(" ")})${skipped.length > 0 ? `, only ${nameFew(skipped)}` : ""}.`,
      "Give a folder with one image for each frame, or a video file.",
    );
  }
  if (skipped.length > 0) {
    const message = `Not taken as frames, as no image that is read: ${nameFew(skipped)} in "${folder}".`;
    onWarning({ code: "files-skipped", message });
  }
  const names = order === "numbers" ? images : images.toSorted(byCodePoints);
  const moved = names.findIndex((name, i) => name !== images[i]);
  if (moved >= 0) {
    const message = `The frames of "${folder}" are taken by code points, as the released code does: "${names[moved]}" comes before "${images[moved]}". Pad the numbers with zeros.`;
    onWarning({ code: "frame-order", message });
  }
  return names.map((name) => join(folder, name));
}
