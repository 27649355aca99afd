import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Device } from "../graph/index.ts";

/** Without an answer by then there is no card that could work either. */
const PATIENCE_MS = 10_000;

/**
 * Bytes that are free on the card on which a device computes, by the program that comes with NVIDIA's driver; null where nothing tells:
 * of a processor, which has the machine's, and of devices whose drivers do not say what they have.
 */
export async function freeCardMemory(device: Device): Promise<number | null> {
  if (device !== "cuda") return null;
  // CUDA takes the first that this names, by number or by name; nvidia-smi knows both.
  const [first = "0"] = (process.env.CUDA_VISIBLE_DEVICES || "0").split(",");
  const query = ["-i", first, "--query-gpu=memory.free", "--format=csv,noheader,nounits"];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: PATIENCE_MS });
    const mebibytes = Number.parseInt(stdout, 10);
    return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null;
  } catch {
    // No such program, or one that does not know the card: it is planned as before, and may run out.
    return null;
  }
}
