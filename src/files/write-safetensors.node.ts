import { open, rename, rm } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { layOut, type TensorToWrite } from "../tensor/index.ts";
import { partialOf, removeLeftovers } from "./temporary.node.ts";

function cannotWrite(file: string, cause: unknown): FateZeroError {
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
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { head, bodies } = layOut(tensors, metadata);
  const partial = partialOf(file);
  await removeLeftovers(file);
  try {
    const handle = await open(partial, "wx");
    try {
      await handle.writeFile(head);
      for (const body of bodies) await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw cannotWrite(file, error);
  }
}
