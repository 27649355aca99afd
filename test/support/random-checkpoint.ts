import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../src/checkpoint/index.ts";
import { float32ToFloat16, type Shape, sizeOf } from "../../src/tensor/index.ts";
import { type SD1, textShapes, unetShapes, vaeShapes } from "./true-shapes.ts";

/** Random numbers that are the same at every run (xorshift32), uniform in ±√3·deviation. */
function noise(count: number, deviation: number): Uint16Array {
  let state = 2463534242;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = (state / 2 ** 31) * Math.sqrt(3) * deviation;
  }
  return float32ToFloat16(values);
}

/** Values that the weights are cut from again and again: a random model need not be random everywhere. */
const POOL = noise(4_000_037, 0.02);
const ONES = float32ToFloat16(new Float32Array(4096).fill(1));

function* pieces(count: number, pool: Uint16Array): Generator<Uint8Array> {
  for (let done = 0; done < count; done += pool.length) {
    const part = pool.subarray(0, Math.min(pool.length, count - done));
    yield new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  }
}

/** What files of weights are filled with; a hole takes nothing on disk, and reads as zeros. */
type Filling = "noise" | "hole";

/** Writes fp16 weights of these shapes as `.safetensors`, piece by piece: the file may be larger than memory. */
async function writeWeights(
  file: string,
  shapes: ReadonlyMap<string, Shape>,
  filling: Filling,
): Promise<void> {
  // transformers reads no file that does not say so.
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const [name, shape] of shapes) {
    const length = 2 * sizeOf(shape);
    header[name] = { dtype: "F16", shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, 0x20);
  head.writeBigUInt64LE(BigInt(head.length - 8));
  json.copy(head, 8);
  const handle = await open(file, "w");
  try {
    await handle.writeFile(head);
    if (filling === "hole") return await handle.truncate(head.length + offset);
    for (const [name, shape] of shapes) {
      // Norms that scale by 0.02 would leave nothing of the signal.
      const pool = /norm\d?\.weight$|norm_out\.weight$/.test(name) ? ONES : POOL;
      for (const piece of pieces(sizeOf(shape), pool)) await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
}

/** Writes the folder of one network. */
async function writeNetwork(
  folder: string,
  stem: string,
  config: JsonObject,
  shapes: ReadonlyMap<string, Shape>,
  filling: Filling = "noise",
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await writeWeights(join(folder, `${stem}.safetensors`), shapes, filling);
}

/** Writes the folder of a VAE by itself, of whichever kind, with random fp16 weights. */
export function writeRandomVae(folder: string, config: JsonObject, filling?: Filling): Promise<void> {
  return writeNetwork(folder, "diffusion_pytorch_model", config, vaeShapes(config), filling);
}

/** Writes a checkpoint folder in the diffusers layout with fp16 weights of the released models' shapes, random or none. */
export async function writeRandomCheckpoint(
  root: string,
  { unet, vae, text }: { readonly [Part in keyof typeof SD1]: JsonObject },
  scheduler: JsonObject = {},
  filling?: Filling,
): Promise<void> {
  await writeNetwork(join(root, "unet"), "diffusion_pytorch_model", unet, unetShapes(unet), filling);
  await writeRandomVae(join(root, "vae"), vae, filling);
  await writeNetwork(join(root, "text_encoder"), "model", text, textShapes(text), filling);
  await mkdir(join(root, "scheduler"));
  const schedule = {
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: "scaled_linear",
    set_alpha_to_one: false,
    steps_offset: 1,
    ...scheduler,
  };
  await writeFile(join(root, "scheduler", "scheduler_config.json"), JSON.stringify(schedule));
}
