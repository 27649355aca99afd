import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Inversion } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { INVERSION_EXTENSION, namesInversion } from "./input.ts";
import { saveInversion } from "./inversion-file.ts";
import { checkWritable } from "./writable.ts";

/** Checks, before any work is done, that an inversion can be saved as `file`. Leaves nothing on disk. */
export async function checkInversionOutput(file: string): Promise<void> {
  if (!namesInversion(file)) {
    throw new FateZeroError(
      "output-format",
      `The output "${file}" does not end in ${INVERSION_EXTENSION}, which is the only form an inversion is saved in.`,
      `Name it e.g. "${file.replace(/[/\\]+$/, "").replace(/\.[^./\\]*$/, "")}${INVERSION_EXTENSION}".`,
    );
  }
  const existing = await stat(file).catch(() => null);
  if (existing?.isDirectory()) {
    throw new FateZeroError(
      "output-not-replaceable",
      `"${file}" is a folder.`,
      "Choose another output path.",
    );
  }
  await checkWritable(file);
}

/** Saves an inversion; missing parent folders are made. */
export async function writeInversion(
  file: string,
  inversion: Inversion,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  await saveInversion(file, inversion, metadata);
}
