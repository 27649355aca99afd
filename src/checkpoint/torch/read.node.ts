import { corrupt, unsupported } from "./faults.ts";
import { readPart, withFile } from "./file.node.ts";
import { isLegacy, isTar, isZip } from "./is-torch-file.ts";
import { readLegacy } from "./legacy.node.ts";
import type { TorchValue } from "./values.ts";
import { readZip } from "./zip.node.ts";

/**
 * Reads what a PyTorch file (`.bin`, `.ckpt`, `.pt`, `.pth`) holds, as plain data. Nothing in it is executed, and no
 * tensor's bytes are read: `weightsOfTensors` tells where they are.
 * Throws FateZeroError: `torch-unsafe` where the file names Python code, `torch-corrupt`, `torch-unsupported`,
 * `torch-too-large`, `file-access`.
 */
export function readTorchFile(path: string): Promise<TorchValue> {
  return withFile(path, async (open) => {
    const head = await readPart(open, 0, 512);
    if (isZip(head)) return readZip(open);
    if (isLegacy(head)) return readLegacy(open);
    if (isTar(head)) throw unsupported(open.file, "is a tar archive of PyTorch before 0.1.10");
    throw corrupt(open.file, "it begins neither as a zip archive nor as a pickle of PyTorch");
  });
}
