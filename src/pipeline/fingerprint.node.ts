import { createHash, type Hash } from "node:crypto";
import { adapterWeights, type Checkpoint, type NamedWeights, type WeightInfo } from "../checkpoint/index.ts";
import { type ByteSource, withSource } from "../files/index.ts";

/** Files up to this size are hashed whole: a LoRA, an embedding, a small model. */
const WHOLE_BYTES = 32 * 2 ** 20;
/** Bytes hashed from the middle of each weight of a larger file. */
const SAMPLE_BYTES = 4096;

type InFile = readonly [name: string, location: Extract<WeightInfo["location"], { readonly file: string }>];

async function hashFile(hash: Hash, source: ByteSource, weights: readonly InFile[]): Promise<void> {
  const size = await source.size();
  if (size <= WHOLE_BYTES) {
    hash.update(await source.read(0, size));
    return;
  }
  hash.update(String(size));
  for (const [, { offset, length }] of weights) {
    const bytes = Math.min(SAMPLE_BYTES, length);
    hash.update(await source.read(offset + Math.floor((length - bytes) / 2), bytes));
  }
}

/** Hashes names, types, shapes and places of weights, and their bytes: of large files a sample of every weight. */
async function hashWeights(hash: Hash, weights: NamedWeights): Promise<void> {
  const sorted = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  const files = new Map<string, InFile[]>();
  for (const [name, { dtype, shape, location }] of sorted) {
    // Two networks of the same shapes may lie in one file: which one is used, its places tell.
    const place = "offset" in location ? location.offset : "";
    hash.update(`${name} ${dtype} ${shape.join()} ${place}\n`);
    if ("data" in location) hash.update(location.data);
    else {
      const inside = files.get(location.file) ?? [];
      inside.push([name, location]);
      files.set(location.file, inside);
    }
  }
  for (const [file, inside] of files) {
    await withSource(file, (source) => hashFile(hash, source, inside));
  }
}

/** Tells checkpoints apart: 32 hex digits of their configurations, their weights and what was added to them. */
export async function fingerprintOf(checkpoint: Checkpoint): Promise<string> {
  const { unet, vae, textEncoder, scheduler } = checkpoint;
  const hash = createHash("sha256").update(JSON.stringify(scheduler));
  for (const { config, weights } of [unet, vae, textEncoder]) {
    hash.update(JSON.stringify(config));
    await hashWeights(hash, weights);
  }
  await hashWeights(hash, adapterWeights(checkpoint));
  return hash.digest("hex").slice(0, 32);
}
