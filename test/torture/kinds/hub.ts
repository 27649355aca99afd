import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { ensureSnapshot } from "../../../src/hub/index.node.ts";
import { type Files, noise } from "../../support/hub-files.ts";
import { type Fault as HubFault, startMirror } from "../../support/hub-mirror.ts";
import { Fault, type Kind } from "../harness.ts";
import type { Random } from "../random.ts";

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

/** A small pipeline, as far as the client looks into it. */
const FILES: Files = {
  "model_index.json": json({
    _class_name: "StableDiffusionPipeline",
    unet: ["diffusers", "UNet2DConditionModel"],
  }),
  "unet/config.json": json({ sample_size: 8 }),
  "unet/diffusion_pytorch_model.safetensors": noise(9000, 1),
  "vae/config.json": json({}),
  "vae/diffusion_pytorch_model.safetensors": noise(5000, 2),
  "text_encoder/config.json": json({}),
  "text_encoder/model.safetensors": noise(5000, 3),
  "scheduler/scheduler_config.json": json({}),
  "tokenizer/vocab.json": json({ a: 0 }),
  "tokenizer/merges.txt": Buffer.from("#version\n"),
  "tokenizer/tokenizer_config.json": json({}),
};

function anyFault(random: Random): HubFault {
  return random.pick<() => HubFault>([
    () => ({
      type: "status",
      status: random.pick([200, 204, 301, 302, 401, 403, 404, 416, 429, 500, 503, 599]),
    }),
    () => ({
      type: "status",
      status: 429,
      headers: { "retry-after": random.pick(["3600", "-1", "x", "1e9", "0"]) },
    }),
    () => ({
      type: "status",
      status: 302,
      headers: { location: random.pick(["/", "http://", "file:///etc/passwd", ""]) },
    }),
    () => ({ type: "drop", after: random.below(9000) }),
    () => ({ type: "ignore-range" }),
    () => ({ type: "wrong-range" }),
    () => ({ type: "length", by: random.below(100) - 50 }),
    () => ({ type: "shorter", by: random.below(50) }),
    () => ({ type: "wrong-bytes" }),
    () => ({
      type: "text",
      text: random.pick([
        "[",
        "null",
        "[null]",
        '[{"path":5}]',
        "{}",
        '[{"type":"file","path":"../x","size":-1}]',
      ]),
    }),
    () => ({ type: "gzip", bytes: random.pick([10, 1e8]) }),
    () => ({ type: "endless" }),
    () => ({ type: "more-pages" }),
  ])();
}

/** A hub that goes wrong in any way, any number of times. */
export const HUB: Kind = {
  name: "hub",
  seconds: 60,
  async run(random, folder) {
    const mirror = await startMirror(FILES);
    const cache = await mkdtemp(join(folder, "hub-"));
    const fault = anyFault(random);
    try {
      const paths = [/./, /tree/, /api/, /unet\/diffusion/, /model_index/];
      mirror.fault(random.pick(paths), fault, random.pick([1, 2, 1000]));
      const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: mirror.endpoint, HF_HUB_DOWNLOAD_TIMEOUT: "1" };
      const { files } = await ensureSnapshot({ id: mirror.id, env, retries: 2, backoffMs: 1 });
      if (!files.includes("model_index.json")) throw new Fault("a model without its index");
    } finally {
      await mirror.close();
    }
    return JSON.stringify(fault);
  },
};
