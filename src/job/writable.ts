import { mkdir, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FateZeroError } from "../errors.ts";
import { checkNames, checkRoom, existingPath, temporarySibling } from "../files/index.node.ts";

/**
 * Makes sure, before any work is done, that something can be made where `output` will be: permissions alone do not tell
 * (a read-only or virtual file system, an administrator), and the name and the disk must hold it. `inside` are the letters
 * of the longest name in a folder, `bytes` what it takes at least. Leaves nothing behind.
 */
export async function checkWritable(output: string, { inside = 0, bytes = 1 } = {}): Promise<void> {
  await checkNames(output, inside);
  const folder = await existingPath(dirname(resolve(output)));
  try {
    const probe = temporarySibling(join(folder, "probe"));
    await mkdir(probe);
    await rmdir(probe);
  } catch (cause) {
    throw new FateZeroError(
      "output-not-writable",
      `"${output}" cannot be written: nothing can be made in "${folder}".`,
      "Choose another output path or change the folder's permissions.",
      { cause },
    );
  }
  await checkRoom(output, bytes);
}
