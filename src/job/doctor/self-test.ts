import type { ModelSettings } from "../../checkpoint/index.ts";
import { invert } from "../../edit/index.ts";
import { loadModel } from "../../pipeline/index.node.ts";
import { decodeLatents, promptIds } from "../../pipeline/index.ts";

/** Mean and standard deviation of what each network gives for a fixed input. */
type SelfTestNumbers = NonNullable<ModelSettings["selfTest"]>;

/** Largest distance from the expected numbers, as a share of the deviation: processors differ by about 0.0001. */
const TOLERANCE = 0.01;

const PROMPT = "a red car on a road under a blue sky";
const SIDE = 64;
/** Two: the first one is next to no noise, where the UNet hardly matters. */
const STEPS = 2;

function summary(data: Float32Array): readonly [number, number] {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return [mean, Math.sqrt(variance)];
}

/** Two frames of smooth colours. */
function testFrames() {
  return [0, 1].map((f) => {
    const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, k) => {
      const i = Math.floor(k / 3);
      return 128 + 100 * Math.sin((i % SIDE) / 9 + f + (k % 3)) * Math.cos(Math.floor(i / SIDE) / 7);
    });
    return { width: SIDE, height: SIDE, data };
  });
}

/** Runs each network of the embedded model once on a fixed input. `expected` is null where the model has no numbers. */
export async function runSelfTest(
  signal?: AbortSignal,
): Promise<{ readonly found: SelfTestNumbers; readonly expected: SelfTestNumbers | null }> {
  const model = await loadModel("tinytown");
  const abort = signal ? { signal } : {};
  try {
    const { ids } = promptIds(model.tokenizer, PROMPT, null, "prompt");
    const text = await model.encodeText(ids, signal);
    const clip = { frames: testFrames(), fps: 8 };
    const { latents } = await invert(model, clip, { prompt: PROMPT, steps: STEPS, size: SIDE, ...abort });
    const size = latents.data.length / (STEPS + 1);
    const clean = { ...latents, shape: latents.shape.slice(1), data: latents.data.slice(0, size) };
    const decoded = await decodeLatents(model, clean, abort);
    const found = {
      text: summary(text.data),
      encoder: summary(clean.data),
      unet: summary(latents.data.slice(-size)),
      decoder: summary(decoded.data),
    };
    const expected = model.checkpoint.settings?.selfTest ?? null;
    return { found, expected };
  } finally {
    await model.close();
  }
}

/** Networks whose numbers are not the expected ones. */
export function differences(found: SelfTestNumbers, expected: SelfTestNumbers): string[] {
  return Object.entries(expected).flatMap(([name, [mean, deviation]]) => {
    const [m, d] = found[name] ?? [Number.NaN, Number.NaN];
    const isClose =
      Math.abs(m - mean) <= TOLERANCE * deviation && Math.abs(d - deviation) <= TOLERANCE * deviation;
    return isClose
      ? []
      : [`${name} gives ${m.toFixed(4)} ± ${d.toFixed(4)}, not ${mean.toFixed(4)} ± ${deviation.toFixed(4)}`];
  });
}
