/** Descriptions of clips: by a BLIP whose numbers are PyTorch's, and by the sentences that tinytown was taught. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, describe as suite } from "vitest";
import { fixture, inRepository } from "../../test/support/fixtures.ts";
import { openBlipFolder } from "../checkpoint/index.node.ts";
import { blipGraphs, CheckpointMismatchError } from "../model/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import { blipPictures } from "./blip-captioner.ts";
import { type Captioner, describe } from "./captioner.ts";
import { createFormCaptioner } from "./form-captioner.ts";
import { loadCaptioner, loadModel } from "./index.node.ts";

const BLIP = fixture("blip/blip");
/** What PyTorch says of the first picture after "a picture of", and goes on to say after 12 tokens. */
const GREEDY = "tree tree down tree down down silver tree tree down down down";

let folder: string;
let blip: Captioner;
let landscape: readonly Frame[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-describe-"));
  blip = await loadCaptioner(BLIP, { threads: 2 });
  landscape = (await readVideo(fixture("blip/landscape"))).frames;
});
afterAll(async () => {
  await blip.close();
  await rm(folder, { recursive: true });
});

/** A copy of the small BLIP with some files changed: text, or null to leave one out. */
async function copyOf(name: string, files: Readonly<Record<string, string | null>>): Promise<string> {
  const path = join(folder, name);
  await cp(BLIP, path, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    if (text === null) await rm(join(path, file));
    else await writeFile(join(path, file), text);
  }
  return path;
}

const configWith = async (change: object): Promise<string> =>
  JSON.stringify({ ...JSON.parse(await readFile(join(BLIP, "config.json"), "utf8")), ...change });

suite("a BLIP", () => {
  it("says greedily what PyTorch says, and what is likelier with more beams", async () => {
    const [first] = landscape;
    const greedy = await describe(blip, { frames: [first!] }, { beams: 1 });
    expect(greedy.caption.startsWith(GREEDY)).toBe(true);
    expect(greedy).toMatchObject({ frames: [0], candidates: [{ text: greedy.caption }] });
    const { candidates } = await describe(blip, { frames: [first!] }, { beams: 4 });
    expect(candidates).toHaveLength(4);
    const scores = candidates.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeGreaterThanOrEqual(greedy.candidates[0]!.score);
  });

  it("takes of several frames the sentence that goes with all of them", async () => {
    const each = await Promise.all(
      landscape.map((frame) => describe(blip, { frames: [frame] }, { beams: 1 })),
    );
    const both = await describe(blip, { frames: landscape }, { beams: 1 });
    expect(new Set(both.candidates.map(({ text }) => text))).toEqual(
      new Set(each.map(({ caption }) => caption)),
    );
    expect(both.candidates[0]!.score).toBeGreaterThan(both.candidates[1]!.score);
    const many = Array.from({ length: 9 }, () => landscape[0]!);
    expect((await describe(blip, { frames: many }, { beams: 1 })).frames).toEqual([0, 4, 8]);
  });

  it("is the same from PyTorch's file, and with the words of a tokenizer.json", async () => {
    const vocab = (await readFile(join(BLIP, "vocab.txt"), "utf8")).trimEnd().split("\n");
    const model = { type: "WordPiece", vocab: Object.fromEntries(vocab.map((token, id) => [token, id])) };
    const changed = { "vocab.txt": null, "tokenizer.json": JSON.stringify({ model }) };
    const path = await copyOf("torch", { ...changed, "model.safetensors": null });
    await using other = await loadCaptioner(path, { threads: 2 });
    const frames = landscape.slice(0, 1);
    expect(await describe(other, { frames })).toEqual(await describe(blip, { frames }));
  });

  it("looks for sentences as generation_config.json says", async () => {
    const path = await copyOf("short", { "generation_config.json": '{"max_new_tokens": 3, "num_beams": 1}' });
    await using short = await loadCaptioner(path, { threads: 2 });
    const { caption, candidates } = await describe(short, { frames: landscape.slice(0, 1) });
    expect([caption, candidates.length]).toEqual(["tree tree down", 1]);
  });

  it("sees whole pictures, whatever their shape", async () => {
    const checkpoint = await openBlipFolder(BLIP);
    const sizes = { vision: { side: 96 } } as Parameters<typeof blipPictures>[1];
    const scale = { width: 96, height: 96 };
    expect(blipPictures(checkpoint, sizes)).toMatchObject({ side: 96, scale });
    expect(blipPictures({ ...checkpoint, preprocessor: null }, sizes)).toMatchObject({ scale });
    const cut = { ...checkpoint, preprocessor: { size: { shortest_edge: 96 } } };
    expect(() => blipPictures(cut, sizes)).toThrow(/"size" is .*shortest_edge.*but must be the 96x96/);
  });

  it("of the released size has as many weights as Salesforce's base model", () => {
    let count = 0;
    try {
      const text_config = { num_attention_heads: 12 };
      blipGraphs({ label: "blip", config: { model_type: "blip", text_config }, weights: new Map() });
    } catch (error) {
      if (!(error instanceof CheckpointMismatchError)) throw error;
      for (const { expected } of error.problems)
        count += JSON.parse(expected).reduce((product: number, side: number) => product * side, 1);
    }
    // The hub counts the matrix of the words twice, as its file holds it.
    expect(count + 30_524 * 768).toBe(247_414_076);
  });

  it.each<[string, () => Promise<string>, string, string]>([
    ["nothing", async () => join(folder, "none"), "model-not-found", "There is no captioner"],
    [
      "an empty folder",
      async () => {
        await mkdir(join(folder, "empty"), { recursive: true });
        return join(folder, "empty");
      },
      "checkpoint-incomplete",
      "empty holds no whole BLIP. The checkpoint lacks",
    ],
    ["no words", () => copyOf("wordless", { "vocab.txt": null }), "checkpoint-incomplete", "vocab.txt"],
    [
      "words without a mark for what is unknown",
      () => copyOf("unmarked", { "vocab.txt": "a\nb\n" }),
      "tokenizer-invalid",
      'has no entry for "[UNK]"',
    ],
    [
      "more words than the network knows",
      async () => copyOf("wordy", { "vocab.txt": `${await readFile(join(BLIP, "vocab.txt"), "utf8")}one\n` }),
      "checkpoint-mismatch",
      "has 64 tokens, but",
    ],
    [
      "another network",
      async () => copyOf("git", { "config.json": await configWith({ model_type: "git" }) }),
      "model-unsupported",
      '"model_type" is "git"',
    ],
    [
      "a BLIP that answers questions",
      async () =>
        copyOf("vqa", { "config.json": await configWith({ architectures: ["BlipForQuestionAnswering"] }) }),
      "model-unsupported",
      "which does not describe pictures",
    ],
    [
      "another size",
      async () => copyOf("size", { "config.json": await configWith({ vision_config: { image_size: 64 } }) }),
      "config-invalid",
      "preprocessor_config.json",
    ],
    [
      "weights cut off",
      () => copyOf("cut", { "model.safetensors": "no weights" }),
      "safetensors-corrupt",
      "model.safetensors",
    ],
    [
      "a model that lists no sentences",
      async () => fixture("models/micro-sd"),
      "model-unsupported",
      "it is no captioning BLIP, and it lists no sentences",
    ],
  ])("is refused: %s", async (_, path, code, message) => {
    const loaded = loadCaptioner(await path());
    await expect(loaded).rejects.toMatchObject({ code });
    await expect(loaded).rejects.toThrow(message);
  });

  it("refuses what are no frames or beams", async () => {
    const none = describe(blip, { frames: [] });
    await expect(none).rejects.toMatchObject({ code: "no-frames" });
    const wrong = { width: 2, height: 2, data: new Uint8Array(5) };
    await expect(describe(blip, { frames: [wrong] })).rejects.toMatchObject({ code: "bad-frame" });
    const beams = describe(blip, { frames: landscape }, { beams: 0 });
    await expect(beams).rejects.toMatchObject({ code: "bad-argument" });
  });

  it("stops when it is told to", async () => {
    const stop = AbortSignal.abort(new Error("enough"));
    await expect(describe(blip, { frames: landscape }, { signal: stop })).rejects.toThrow("enough");
  });
});

suite("tinytown", () => {
  it("finds the sentences of clips and of their edits in its own", async () => {
    await using tinytown = await loadCaptioner("tinytown", { threads: 2 });
    expect(tinytown).toMatchObject({ name: "tinytown", kind: "form" });
    for (const [clip, sentence] of [
      ["car-road/source", "a red car on a road under a blue sky"],
      ["house-grass/0_attribute/frames", "a striped orange house on grass at sunset"],
      ["snowman-snow/3_style/frames", "pixel art of a green snowman on snow under a cloudy sky"],
    ] as const)
      expect((await describe(tinytown, await readVideo(inRepository(`test/clips/${clip}`)))).caption).toBe(
        sentence,
      );
  });

  it("finds them without a CLIP too, at any size", async () => {
    await using model = await loadModel("tinytown", { threads: 2 });
    const form = {
      form: "a|an {colour} {object} on a road under a blue sky",
      words: { object: ["duck", "car", "bus"], colour: ["orange", "red"] },
    };
    const captioner = createFormCaptioner(model, form, null);
    const { frames } = await readVideo(inRepository("test/clips/car-road/source"), {
      frames: 2,
      fit: () => ({ width: 200, height: 200 }),
    });
    const { caption, candidates } = await describe(captioner, { frames });
    expect(caption).toBe("a red car on a road under a blue sky");
    expect(candidates[0]!.text).toBe(caption);
  });
});
