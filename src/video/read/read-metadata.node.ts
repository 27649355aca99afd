import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { requireText } from "../../argument.ts";
import { loadCodecs } from "../codecs.node.ts";
import { readComment } from "../gif-blocks.ts";
import { imageHeader } from "../images.node.ts";
import { decodeMetadata } from "../metadata.ts";
import { videoStructure } from "../structure/structure.node.ts";
import { frameFileName } from "../write/folder-sink.node.ts";
import { imageDescription } from "./exif.ts";
import { inputMissing, isImageFile } from "./open-source.node.ts";

async function imageText(path: string): Promise<string | null> {
  const bytes = await readFile(path);
  if (bytes.toString("latin1", 0, 4) === "GIF8") return readComment(bytes);
  const { exif } = await imageHeader(path, bytes);
  return exif ? imageDescription(exif) : null;
}

async function containerText(path: string): Promise<string | null> {
  // A container that is damaged within: nothing that this program wrote.
  if ((await videoStructure(path)).isSearchable === false) return null;
  const mediabunny = await loadCodecs();
  const source = new mediabunny.FilePathSource(path, { handleUnhandledError: () => {} });
  const input = new mediabunny.Input({ source, formats: mediabunny.ALL_FORMATS });
  try {
    if (!(await input.canRead())) return null;
    return (await input.getMetadataTags()).comment ?? null;
  } catch {
    // A damaged header: nothing that this program wrote.
    return null;
  } finally {
    input.dispose();
  }
}

/**
 * What `writeVideo` wrote into a file or folder as its `metadata`; null where there is nothing of that kind. Throws
 * FateZeroError `input-missing`, and for images `image-unreadable`.
 */
export async function readMetadata(path: string): Promise<Record<string, string> | null> {
  requireText(path, "readMetadata", "the path of a file");
  const info = await stat(path).catch((cause: unknown) => {
    throw inputMissing(path, cause);
  });
  if (info.isDirectory()) {
    const first = join(path, frameFileName(0));
    const exists = await stat(first).catch(() => null);
    return exists ? decodeMetadata(await imageText(first)) : null;
  }
  return decodeMetadata((await isImageFile(path)) ? await imageText(path) : await containerText(path));
}
