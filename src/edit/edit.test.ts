/** Inversion and edit on tinytown with real frames: few steps, small, but the real thing end to end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { FateZeroError } from "../errors.ts";
import { loadInversion, saveInversion } from "../job/inversion-file.ts";
import { loadModel, openPlanningModel } from "../pipeline/index.node.ts";
import {
  decodeLatents,
  encodeImages,
  framesToImages,
  imagesToFrames,
  type Model,
  type ProgressEvent,
} from "../pipeline/index.ts";
import { readVideo } from "../video/index.node.ts";
import { type Frame, parseCrop, releasedFrames, type Video } from "../video/index.ts";
import { edit, type Inversion, invert, latentsAt, planEdit, stateBytes, wordMap } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const STEPS = 4;

let model: Model;
let clip: Video;
let inversion: Inversion;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-edit-"));
  model = await loadModel("tinytown", { threads: 2 });
  clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
  inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

/** Peak signal-to-noise ratio of two clips in dB. */
function psnr(a: Video, b: Video): number {
  let sum = 0;
  let count = 0;
  for (const [f, frame] of a.frames.entries()) {
    for (const [i, value] of frame.data.entries()) sum += (value - b.frames[f]!.data[i]!) ** 2;
    count += frame.data.length;
  }
  return 10 * Math.log10(255 ** 2 / (sum / count));
}

describe("loading a model", () => {
  it("takes the device by name or the best there is, and refuses others before anything is read", async () => {
    expect(model.engine.device).toBe("cpu");
    const other = await loadModel("tinytown", { device: "auto" });
    expect(other.engine.device).toBe("cpu");
    const nowhere = loadModel("no/such/model", { device: "gpu" as "cpu" });
    await expect(nowhere).rejects.toThrow(
      'There is no device "gpu". Use one of auto, cpu, webgpu, cuda, coreml, dml.',
    );
  });
});

describe("VAE codec", () => {
  it("brings frames back as its model card says (29 dB)", async () => {
    const latents = await encodeImages(model, framesToImages(clip.frames));
    expect(latents.shape).toEqual([2, 8, 16, 16]);
    const frames = imagesToFrames(await decodeLatents(model, latents));
    expect(psnr({ frames, fps: 8 }, clip)).toBeGreaterThan(25);
  });
});

describe("invert", () => {
  it("records the trajectory and the prompt's word maps, and nothing larger", () => {
    expect(inversion.latents.shape).toEqual([STEPS + 1, 2, 8, 16, 16]);
    const tokens = SOURCE.split(" ").length + 2;
    expect(inversion.wordMaps).toMatchObject({ height: 8, width: 8, tokens });
    expect(stateBytes(inversion)).toBe(4 * (STEPS + 1) * 2 * 8 * 256 + 2 * STEPS * 2 * 64 * tokens);
  });

  it("records maps that are attention: all tokens together make at most 1, the car's where the car is", () => {
    const all = wordMap(
      inversion,
      0,
      Array.from({ length: inversion.wordMaps.tokens }, (_, i) => i),
    );
    expect(Math.max(...all.data)).toBeLessThan(1.01);
    const car = wordMap(inversion, 1, [3]).data.subarray(0, 64);
    const top = car.indexOf(Math.max(...car));
    const [x, y] = [16 * (top % 8) + 8, 16 * Math.floor(top / 8) + 8];
    // The car of the first frame: red pixels (checked in the source frame itself).
    const { data } = clip.frames[0]!;
    const near = [-8, 0, 8].flatMap((v) => [-8, 0, 8].map((u) => 3 * ((y + v) * 128 + x + u)));
    expect(near.some((i) => data[i]! > data[i + 1]! + 60 && data[i]! > data[i + 2]! + 60)).toBe(true);
  });

  it("gives the same bytes every time", async () => {
    const again = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
    expect(again.latents.data).toEqual(inversion.latents.data);
  });

  it("yields a typed event per step", async () => {
    const events: ProgressEvent[] = [];
    for await (const event of invert(model, clip, { prompt: SOURCE, steps: 2 })) events.push(event);
    expect(events.map((e) => (e.type === "step" ? `${e.phase} ${e.step}/${e.steps}` : e.type))).toEqual([
      "phase",
      "encode 1/1",
      "phase",
      "prepare 1/1",
      "phase",
      "invert 1/2",
      "invert 2/2",
    ]);
  });

  it("stops at once when aborted, and the model works on", async () => {
    const abort = new AbortController();
    const job = invert(model, clip, { prompt: SOURCE, steps: 50, signal: abort.signal });
    const failure = (async () => {
      for await (const event of job) if (event.type === "step" && event.phase === "invert") abort.abort();
    })();
    await expect(failure).rejects.toThrow(/abort/i);
    await expect(job).rejects.toThrow(/abort/i);
    const again = await invert(model, clip, { prompt: SOURCE, steps: 1 });
    expect(again.latents.shape[0]).toBe(2);
  });

  it("cuts frames in compat mode as the released code does, and takes no other squares", async () => {
    const wide = await readVideo(inRepository("examples/car.mp4"), { frames: 1, crop: parseCrop("16:9") });
    const options = { prompt: SOURCE, steps: 1, size: 64, compat: "fatezero" as const };
    const cut = await invert(model, wide, options);
    expect(cut.size).toEqual({ width: 64, height: 64 });
    const square = { ...wide, frames: releasedFrames(wide.frames, 64) };
    expect((await invert(model, square, options)).latents.data).toEqual(cut.latents.data);
    await expect(invert(model, wide, { ...options, size: 65 })).rejects.toThrow("Choose 64 or 96");
  });

  it("refuses a prompt that is too long and a size the model cannot take", async () => {
    await expect(invert(model, clip, { prompt: "car ".repeat(90) })).rejects.toThrow("92 tokens");
    await expect(invert(model, clip, { prompt: SOURCE, size: 8 })).rejects.toThrow("The size is 8");
    await expect(invert(model, { frames: [], fps: 8 }, { prompt: SOURCE })).rejects.toThrow("no frames");
  });
});

describe("edit", () => {
  it("gives a clip of the same length and size, and the same bytes every time", async () => {
    const once = await edit(model, inversion, { prompt: TARGET });
    const twice = await edit(model, inversion, { prompt: TARGET });
    expect(once.frames).toHaveLength(2);
    expect(once.frames[0]).toMatchObject({ width: 128, height: 128 });
    expect(once.fps).toBe(clip.fps);
    expect(once.latents.data).toEqual(twice.latents.data);
    expect(once.plan.explanation).toContain('"red" becomes "blue"');
  });

  it("takes a plan that was made and told before", async () => {
    const planned = await planEdit(model, inversion, { prompt: TARGET, negative: "a yellow car" });
    const events: string[] = [];
    const job = edit(model, inversion, { plan: planned });
    for await (const { type } of job) events.push(type);
    expect(events).not.toContain("plan");
    const { latents, plan } = await job;
    expect(plan).toBe(planned.plan);
    expect(latents).toEqual(
      (await edit(model, inversion, { prompt: TARGET, negative: "a yellow car" })).latents,
    );
    const longer = await planEdit(model, { ...inversion, steps: 9 }, { prompt: TARGET });
    await expect(edit(model, inversion, { plan: longer })).rejects.toThrow("in 9 steps; the inversion is of");
  });

  it("refuses a plan with another model's words, or as the released code reads", async () => {
    const others = await planEdit(await openPlanningModel(), inversion, { prompt: TARGET });
    await expect(edit(model, inversion, { plan: others })).rejects.toThrow("with the words of another model");
    const settings = { ...inversion.settings, compat: "fatezero" as const };
    const released = await planEdit(model, { ...inversion, settings }, { prompt: TARGET });
    await expect(edit(model, inversion, { plan: released })).rejects.toThrow("the released code (compat)");
  });

  it("takes no plan that is undefined for one", async () => {
    const options = { plan: undefined, prompt: "a purple elephant", amplify: { zebra: 2 } };
    await expect(edit(model, inversion, options as never)).rejects.toThrow("zebra");
  });

  it("without guidance and with the source's own prompt gives the source back", async () => {
    const same = await edit(model, inversion, { prompt: SOURCE, guidance: 1 });
    const decoded = imagesToFrames(await decodeLatents(model, latentsAt(inversion, 0)));
    expect(psnr({ frames: decoded, fps: 8 }, same)).toBeGreaterThan(18);
  });

  it.each([
    ["guidance", { guidance: 3 }],
    ["negative", { negative: "a yellow car" }],
    ["selfSteps", { selfSteps: 0.25 }],
    ["crossSteps", { crossSteps: 0.25 }],
    ["maskThreshold", { maskThreshold: 1 }],
    ["maskWords", { maskWords: { source: ["sky"] } }],
    ["amplify", { amplify: { blue: 3 } }],
    ["preset", { preset: "shape" as const }],
    ["strength", { strength: 0.9 }],
    ["maskFrom", { maskFrom: "attention" as const }],
    ["latentBlend", { latentBlend: false }],
    ["fuseLayers", { fuseLayers: "all" as const }],
    ["align", { align: "refine" as const }],
    ["maskSelfAttention", { maskSelfAttention: false }],
  ])("%s changes the result", async (name, option) => {
    const base = await edit(model, inversion, { prompt: TARGET });
    const other = await edit(model, inversion, { prompt: TARGET, ...option });
    // All layers of this small model have at most 1024 positions anyway.
    if (name === "fuseLayers") expect(other.latents).toBeAllclose(base.latents, { absolute: 0 });
    else expect(other.latents).not.toBeAllclose(base.latents, { absolute: 1e-3 });
  });

  it("changes with the frames that are attended to and with the scope of GroupNorm", async () => {
    for (const option of [{ attend: [] }, { groupNorm: "clip" as const }, { compat: "fatezero" as const }]) {
      const other = await invert(model, clip, { prompt: SOURCE, steps: STEPS, ...option });
      expect(other.latents).not.toBeAllclose(inversion.latents, { absolute: 1e-4 });
    }
  });

  it("refuses words that are nowhere, numbers out of range, and an inversion of another model", async () => {
    await expect(edit(model, inversion, { prompt: TARGET, maskWords: { source: ["dog"] } })).rejects.toThrow(
      "dog",
    );
    await expect(edit(model, inversion, { prompt: TARGET, guidance: -1 })).rejects.toThrow(
      "guidance scale is -1",
    );
    await expect(edit(model, inversion, { prompt: TARGET, maskThreshold: Number.NaN })).rejects.toThrow(
      "NaN",
    );
    const foreign = { ...inversion, model: { name: "other", fingerprint: "0" } };
    await expect(edit(model, foreign, { prompt: TARGET })).rejects.toThrow('made with the model "other"');
    const both = { prompt: TARGET, maskFrom: "difference" as const, maskWords: { source: ["car"] } };
    await expect(planEdit(model, inversion, both)).rejects.toThrow("knows no words");
    const style = { prompt: `watercolor painting of ${SOURCE}`, latentBlend: true };
    await expect(planEdit(model, inversion, style)).rejects.toThrow("this edit has no mask");
  });

  it("keeps what the mask leaves out as the VAE shows it, and changes what it covers", async () => {
    const result = await edit(model, inversion, { prompt: TARGET });
    const decoded = imagesToFrames(await decodeLatents(model, latentsAt(inversion, 0)));
    const row = ({ data }: Frame, y: number) => data.subarray(y * 128 * 3, (y + 1) * 128 * 3);
    const [edited, shown] = [result.frames[1]!, decoded[1]!];
    for (const y of [4, 124]) expect(row(edited, y)).toBeAllclose(row(shown, y), { absolute: 15 });
    expect(row(edited, 60)).not.toBeAllclose(row(shown, 60), { absolute: 60 });
  });

  it("names the step that gives values that are not finite", async () => {
    const latents = { ...inversion.latents, data: inversion.latents.data.map(() => Number.NaN) };
    const job = edit(model, { ...inversion, latents }, { prompt: TARGET });
    await expect(job).rejects.toThrow("Step 1 of the edit (timestep 751)");
  });
});

describe("inversion files", () => {
  it("come back with everything, and give the same edit", async () => {
    const file = join(folder, "car.safetensors");
    await saveInversion(file, inversion);
    const loaded = await loadInversion(file);
    // The clip is not beside the file: where it lay is told, and nothing is opened by it.
    expect(loaded).toEqual({ ...inversion, source: { ...inversion.source, isNamedOnly: true } });
    const [a, b] = [inversion, loaded].map((inv) => edit(model, inv, { prompt: TARGET }));
    expect((await a!).latents.data).toEqual((await b!).latents.data);
  });

  it("are refused when they are something else", async () => {
    await expect(
      loadInversion(inRepository("models/tinytown/vae/diffusion_pytorch_model.safetensors")),
    ).rejects.toThrow(FateZeroError);
    await expect(loadInversion(join(folder, "none.safetensors"))).rejects.toThrow("none.safetensors");
  });
});
