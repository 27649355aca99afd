import { rename, rm } from "node:fs/promises";
import { temporarySibling } from "../../files/index.node.ts";

/**
 * Puts the finished file or folder `from` in the place of `to`. What was at `to` is there until the new one is, and
 * comes back if the last step fails.
 */
export async function replacePath(from: string, to: string, kind: "file" | "folder"): Promise<void> {
  if (kind === "file") {
    await rename(from, to);
    return;
  }
  // A folder cannot be renamed over one that holds files: move the old one aside first.
  const old = temporarySibling(to);
  const moved = await rename(to, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  try {
    await rename(from, to);
  } catch (error) {
    if (moved) await rename(old, to);
    throw error;
  }
  if (moved) await rm(old, { recursive: true, force: true });
}
