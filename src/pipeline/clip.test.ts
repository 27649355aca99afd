import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixture, inRepository } from "../../test/support/fixtures.ts";
import { openClipFolder } from "../checkpoint/index.node.ts";
import { readSafetensors } from "../files/index.ts";
import {
  clipTextScore,
  directionalSimilarity,
  frameAccuracy,
  scoreWithClip,
  temporalConsistency,
} from "../metrics/index.ts";
import { CheckpointMismatchError, clipConfig, clipGraphs } from "../model/index.ts";
import { createTokenizer } from "../prompt/index.ts";
import { type FloatTensor, slice0 } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import type { ClipModel } from "./clip.ts";
import { loadClip } from "./load-clip.node.ts";

const PROMPTS = ["a red car on a road under a blue sky", "a blue car on a road under a blue sky"];
const CLIP = inRepository("models/tinytown/clip");
/** Two orders of summation in float32. */
const MARK = { absolute: 1e-5 };

let clip: ClipModel;
let folder: string;
let expected: Map<string, FloatTensor>;
let source: readonly Frame[];
let edited: readonly Frame[];
beforeAll(async () => {
  clip = await loadClip("tinytown", { threads: 2 });
  folder = await mkdtemp(join(tmpdir(), "fatezero-clip-"));
  expected = (await readSafetensors(fixture("tinytown.safetensors"))).tensors;
  const first = async (name: string) =>
    (await readVideo(inRepository(`test/clips/car-road/${name}`))).frames.slice(0, 4);
  source = await first("source");
  edited = await first("0_attribute/frames");
});
afterAll(async () => {
  await clip.close();
  await rm(folder, { recursive: true });
});

describe("the small CLIP beside tinytown", () => {
  it("embeds pictures and texts as PyTorch does", async () => {
    expect(clip).toMatchObject({ name: "tinytown", width: 128 });
    expect(await clip.embedTexts(PROMPTS)).toBeAllclose(expected.get("clip_text")!, MARK);
    expect(await clip.embedImages([...source, ...edited])).toBeAllclose(expected.get("clip_image")!, MARK);
  });

  it("gives the same in several runs as in one, and after it was closed", async () => {
    const many = Array.from({ length: 70 }, (_, i) => source[i % 4]!);
    const embeddings = await clip.embedImages(many);
    expect(embeddings.shape).toEqual([70, 128]);
    await clip.close();
    const texts = await clip.embedTexts(Array.from({ length: 33 }, (_, i) => PROMPTS[i % 2]!));
    const [image, text] = [expected.get("clip_image")!, expected.get("clip_text")!];
    expect(slice0(embeddings, 68, 70)).toBeAllclose(slice0(image, 0, 2), MARK);
    expect(slice0(texts, 31, 32)).toBeAllclose(slice0(text, 1, 2), MARK);
    expect(slice0(texts, 32, 33)).toBeAllclose(slice0(text, 0, 1), MARK);
  });

  it("scores the true edit above the source", async () => {
    const [before, after] = [await clip.embedImages(source), await clip.embedImages(edited)];
    const texts = await clip.embedTexts(PROMPTS);
    const [from, to] = [slice0(texts, 0, 1), slice0(texts, 1, 2)];
    expect(frameAccuracy(before, from, to)).toBe(0);
    expect(frameAccuracy(after, from, to)).toBe(1);
    expect(temporalConsistency(after)).toBeGreaterThan(0.9);
    expect(directionalSimilarity(before, after, from, to)).toBeGreaterThan(0.5);
    expect(directionalSimilarity(before, before, from, to)).toBe(0);
    expect(directionalSimilarity(before, after, to, from)).toBeLessThan(-0.5);
  });

  it("scores a clip and its edit in one call, the source beside it", async () => {
    const [sourcePrompt, targetPrompt] = PROMPTS as [string, string];
    const prompts = { sourcePrompt, targetPrompt };
    const scores = await scoreWithClip(clip, { source, edited, ...prompts });
    const image = expected.get("clip_image")!;
    const [before, after] = [slice0(image, 0, 4), slice0(image, 4, 8)];
    const to = slice0(expected.get("clip_text")!, 1, 2);
    expect(scores).toMatchObject({ frameAccuracy: 1, ofSource: { frameAccuracy: 0 } });
    expect(scores.temporalConsistency).toBeCloseTo(temporalConsistency(after)!, 5);
    expect(scores.textScore).toBeCloseTo(clipTextScore(after, to)!, 5);
    expect(scores.ofSource.textScore).toBeCloseTo(clipTextScore(before, to)!, 5);
    expect(scores.directionalSimilarity).toBeGreaterThan(0.5);
    const one = await scoreWithClip(clip, { source: [source[0]!], edited: [edited[0]!], ...prompts });
    expect(one).toMatchObject({ temporalConsistency: null, frameAccuracy: 1 });
    await expect(scoreWithClip(clip, { source, edited: edited.slice(1), ...prompts })).rejects.toMatchObject({
      code: "bad-argument",
    });
  });

  it("takes frames with alpha, and refuses what is no list of frames or texts", async () => {
    const opaque = { width: 2, height: 2, data: new Uint8Array(12).fill(9) };
    const withAlpha = {
      width: 2,
      height: 2,
      data: Uint8Array.from({ length: 16 }, (_, i) => (i % 4 < 3 ? 9 : 255)),
    };
    const { data } = await clip.embedImages([opaque, withAlpha]);
    expect(data.subarray(0, 128)).toBeAllclose(data.subarray(128), MARK);
    await expect(clip.embedImages([])).rejects.toMatchObject({ code: "no-frames" });
    const wrong = { width: 2, height: 2, data: new Uint8Array(5) };
    await expect(clip.embedImages([wrong])).rejects.toMatchObject({ code: "bad-frame" });
    await expect(clip.embedTexts([])).rejects.toMatchObject({ code: "prompt-missing" });
    await expect(clip.embedTexts([3 as never])).rejects.toMatchObject({ code: "prompt-missing" });
    await expect(clip.embedTexts(["a car ".repeat(60)])).rejects.toMatchObject({ code: "prompt-too-long" });
  });

  it("cleans texts in compat as the released script does", async () => {
    const [text] = PROMPTS;
    const curly = text!.replace("red", "&#114;ed");
    const [plain, clean] = [
      await clip.embedTexts([curly]),
      await clip.embedTexts([curly], { compat: "fatezero" }),
    ];
    expect(clean).toBeAllclose(slice0(expected.get("clip_text")!, 0, 1), MARK);
    expect(plain).not.toBeAllclose(clean, { absolute: 1e-3 });
  });
});

describe("a CLIP's folder", () => {
  it("of the paper's size has as many weights as OpenAI's ViT-B/32", () => {
    let count = 0;
    try {
      clipGraphs({ label: "clip", config: { model_type: "clip" }, weights: new Map() });
    } catch (error) {
      if (!(error instanceof CheckpointMismatchError)) throw error;
      for (const { expected } of error.problems)
        count += JSON.parse(expected).reduce((product: number, side: number) => product * side, 1);
    }
    // All but the temperature, which has no part in embeddings.
    expect(count).toBe(151_277_313 - 1);
  });

  it("may hold the lists of positions that old files have, and no other weight", async () => {
    const { model } = await openClipFolder(CLIP);
    const of = (name: string) =>
      clipGraphs({
        ...model,
        weights: new Map([...model.weights, [name, model.weights.get("logit_scale")!]]),
      });
    expect(of("text_model.embeddings.position_ids").texts.outputs.embeddings.shape[1]).toBe(128);
    expect(() => of("text_model.head.weight")).toThrow(/unexpected +text_model\.head\.weight/);
  });

  const copyOf = async (name: string, config: object): Promise<string> => {
    const path = join(folder, name);
    await cp(CLIP, path, { recursive: true });
    await writeFile(join(path, "config.json"), JSON.stringify(config));
    return path;
  };

  it("is opened by its own path too, with the words of the model around it", async () => {
    await using own = await loadClip(CLIP, { threads: 2 });
    expect(await own.embedTexts(PROMPTS)).toBeAllclose(expected.get("clip_text")!, MARK);
  });

  it("has CLIP's own words where it brings none and has as many", async () => {
    for (const config of [{}, { text_config: {} }, { text_config: { vocab_size: 49408 } }]) {
      const { tokenizer } = await openClipFolder(await copyOf("own-words", config));
      expect(createTokenizer(tokenizer)).toMatchObject({ vocabSize: 49408, eos: 49407, maxLength: 77 });
    }
    const other = openClipFolder(await copyOf("other-words", { text_config: { vocab_size: 927 } }));
    await expect(other).rejects.toMatchObject({ code: "checkpoint-incomplete" });
  });

  it("has the sizes of transformers' defaults where its configuration leaves them out", async () => {
    const config = (given: object) => clipConfig({ label: "clip", config: { ...given }, weights: new Map() });
    expect(config({})).toMatchObject({
      text: { width: 512, layers: 12, heads: 8, mlpWidth: 2048, vocabulary: 49408, length: 77 },
      vision: { width: 768, layers: 12, heads: 12, mlpWidth: 3072, side: 224, patch: 32 },
      width: 512,
    });
    // Old files have a second object that wins.
    const old = config({ text_config: { hidden_size: 64 }, text_config_dict: { hidden_size: 128 } });
    expect(old.text.width).toBe(128);
    const short = { model_type: "clip", vision_config: { image_size: 128 } };
    const fault = loadClip(await copyOf("short", short));
    await expect(fault).rejects.toMatchObject({ code: "checkpoint-mismatch" });
    await expect(fault).rejects.toThrow(/patch_embedding\.weight +\[768, 3, 32, 32\] +\[160, 3, 16, 16\]/);
  });

  it.each<[string, () => Promise<string>, string, string]>([
    ["nothing", async () => join(folder, "none"), "model-not-found", "There is no CLIP"],
    ["a file", async () => join(CLIP, "config.json"), "model-not-found", "is a file, and a CLIP a folder"],
    [
      "an empty folder",
      async () => {
        await mkdir(join(folder, "empty"), { recursive: true });
        return join(folder, "empty");
      },
      "checkpoint-incomplete",
      "empty holds no whole CLIP. The checkpoint lacks",
    ],
    ["another model", () => copyOf("siglip", { model_type: "siglip" }), "model-unsupported", '"siglip"'],
    ["odd towers", () => copyOf("odd", { vision_config: [1] }), "config-invalid", '"vision_config" is [1]'],
    [
      "a tower of no size",
      () => copyOf("huge", { vision_config: { image_size: 1e6 } }),
      "config-invalid",
      'vision_config: "image_size" is 1000000',
    ],
  ])("is refused: %s", async (_, path, code, message) => {
    const loaded = loadClip(await path());
    await expect(loaded).rejects.toMatchObject({ code });
    await expect(loaded).rejects.toThrow(message);
  });
});
