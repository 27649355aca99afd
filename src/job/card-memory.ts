import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Device } from "../graph/index.ts";

/** Without an answer by then there is no card that could work either. */
const PATIENCE_MS = 10_000;

/** What a program that is not there, that fails or that does not answer is thrown with. */
function isOfProgram(error: unknown): boolean {
  const { code, killed } = error as { readonly code?: unknown; readonly killed?: unknown };
  return killed === true || typeof code === "number" || code === "ENOENT" || code === "EACCES";
}

/** What NVIDIA's program says of its cards, a line for each; none where it is not there, or knows none. */
async function linesOf(...options: readonly string[]): Promise<readonly string[]> {
  const query = [...options, "--query-gpu=memory.free", "--format=csv,noheader,nounits"];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: PATIENCE_MS });
    return stdout.split("\n").filter((line) => line.trim() !== "");
  } catch (error) {
    if (isOfProgram(error)) return [];
    throw error;
  }
}

/**
 * Bytes that are free on the card on which a device computes, by the program that comes with NVIDIA's driver; null where nothing tells:
 * of a processor, which has the machine's, of devices whose drivers do not say what they have, and of several cards of which it is not said
 * which CUDA takes. By itself CUDA counts them from the fastest one, and that program by their places.
 */
export async function freeCardMemory(device: Device): Promise<number | null> {
  if (device !== "cuda") return null;
  const { CUDA_VISIBLE_DEVICES: visible = "", CUDA_DEVICE_ORDER: order } = process.env;
  const first = visible.split(",")[0]!.trim();
  const isNamed = first !== "" && (!/^\d+$/.test(first) || order === "PCI_BUS_ID");
  const lines = await linesOf(...(isNamed ? ["-i", first] : []));
  const mebibytes = lines.length === 1 ? Number.parseInt(lines[0]!, 10) : Number.NaN;
  return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null;
}
