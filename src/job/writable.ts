import { mkdtemp, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FateZeroError } from "../errors.ts";

/**
 * Makes sure, before any work is done, that something can be made where `output` will be: permissions alone do not tell
 * (a read-only or virtual file system, an administrator). Leaves nothing behind.
 */
export async function checkWritable(output: string): Promise<void> {
  const folder = await existingFolder(dirname(resolve(output)));
  try {
    await rmdir(await mkdtemp(join(folder, ".fatezero-")));
  } catch (cause) {
    throw new FateZeroError(
      "output-not-writable",
      `"${output}" cannot be written: nothing can be made in "${folder}".`,
      "Choose another output path or change the folder's permissions.",
      { cause },
    );
  }
}

async function existingFolder(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : await existingFolder(dirname(path));
}
