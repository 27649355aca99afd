import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { FateZeroError } from "../errors.ts";
import { layOut, type TensorToWrite } from "../tensor/index.ts";
import { temporarySibling } from "./place.node.ts";

/** Letters that a name may have for its partial file to be told by it. */
const MOST_TOLD = 200;

/** Where a file is until it is complete: named for it, by which a store knows its own, where the name is short enough. */
function partialOf(file: string): string {
  const isShort = Buffer.byteLength(basename(file)) <= MOST_TOLD;
  return isShort ? `${file}.${randomBytes(4).toString("hex")}.partial` : temporarySibling(file);
}

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
