import { open, rename, rm } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { layOut, type TensorToCopy, type TensorToWrite } from "../tensor/index.ts";
import { partialOf, removeLeftovers } from "./temporary.node.ts";

/** What came between the program and a file or folder that it writes. */
export function writeFault(file: string, cause: unknown): FateZeroError {
  // A weight that could not be read is no fault of the file that is written.
  if (cause instanceof FateZeroError) return cause;
  const { code, message = String(cause) } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new FateZeroError(
      "no-space",
      `"${file}" could not be written: there is no space left. Nothing was changed.`,
      "Free some space or choose another disk.",
      { cause },
    );
  }
  return new FateZeroError(
    "file-access",
    `Cannot write ${file}: ${message}.`,
    "Check the path and its permissions.",
    { cause },
  );
}

/** Writes a `.safetensors` file. A file of that name is replaced only when the new one is complete. */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, TensorToWrite | TensorToCopy>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { head, bodies } = layOut(tensors, metadata);
  const partial = partialOf(file);
  await removeLeftovers(file);
  try {
    const handle = await open(partial, "wx");
    try {
      await handle.writeFile(head);
      for (const body of bodies) await handle.writeFile(await body());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw writeFault(file, error);
  }
}
