/** Data gives no orders: what a saved inversion, a config or a model's folder says opens neither the network nor a file. */
import { cp, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadInversion, saveInversion } from "../../src/job/inversion-file.ts";
import { loadModel } from "../../src/pipeline/index.node.ts";
import { loadCodecs } from "../../src/video/codecs.node.ts";
import { writeVideo } from "../../src/video/index.node.ts";
import { namesIn, runCli, SOURCE, TARGET, workFolder } from "../cli/run-cli.ts";
import { encodeClip, toyFrames } from "../fixtures/video/toy-clip.ts";
import { filesOfFolder } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor } from "./cache.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);

let mirror: Mirror;
let home: Home;
beforeAll(async () => {
  mirror = await startMirror(filesOfFolder("models/tinytown"));
  await mkdir(at("saved"));
  await encodeClip(at("saved", "clip.mp4"), toyFrames(12), { audio: "aac" });
  const clip = [at("saved", "clip.mp4"), "-s", SOURCE, "--size", "64", "--steps", "1"];
  const made = await runCli(["invert", ...clip, "-o", at("saved", "clip.safetensors")]);
  expect(made.code).toBe(0);
});
afterAll(() => mirror.close());
beforeEach(async () => {
  home = await homeFor(mirror, { HF_TOKEN: "hf_secret" });
  mirror.log.length = 0;
});

const edit = (input: string, out: string, ...more: string[]) =>
  runCli(["edit", input, "-t", TARGET, "-o", out, ...more], home.env);

/** The saved inversion with another description of its model. */
async function madeBy(file: string, model: object): Promise<string> {
  const inversion = await loadInversion(at("saved", "clip.safetensors"));
  await saveInversion(at(file), { ...inversion, model: { ...inversion.model, ...model } });
  return at(file);
}

describe("a saved inversion that names", () => {
  test("a model of the hub asks for --model, whatever the command, and the network is left alone", async () => {
    const saved = await madeBy("hub.safetensors", { name: mirror.id });
    const config = at("no-model.yaml");
    await writeFile(
      config,
      `fatezero: {compat: false}\ndataset_config: {path: ${JSON.stringify(saved)}, prompt: "${SOURCE}"}\nediting_config: {editing_prompts: ["${TARGET}"], p2p_config: {0: {}}, num_inference_steps: 1}\nmodel_config: {SparseCausalAttention_index: [0, mid]}\n`,
    );
    const runs = [
      await edit(saved, at("hub.mp4")),
      await edit(saved, at("hub.mp4"), "--preview"),
      await edit(saved, at("hub.mp4"), "--print-config"),
      await runCli(["maps", saved, "-o", at("hub-maps")], home.env),
      await runCli(["run", config, "-o", at("hub-run")], home.env),
    ];
    for (const { code, stderr } of runs) {
      expect(stderr).toContain(`was made with the model "${mirror.id}"`);
      expect(stderr).toMatch(/name it: .*--model\)? town\/tiny\n/);
      expect(code).toBe(1);
    }
    expect(mirror.log).toEqual([]);
    expect(await namesIn(folder)).not.toContain("hub.mp4");

    const named = await edit(saved, at("hub.mp4"), "--model", mirror.id);
    expect(named.stderr).not.toContain("error");
    expect(named.code).toBe(0);
    expect(mirror.log.some(({ authorization }) => authorization === "Bearer hf_secret")).toBe(true);
  });

  test.each([
    [{ name: "/srv/other model" }, "--model '/srv/other model'"],
    [
      { parts: { lora: [{ path: "/srv/ink.safetensors", scale: 0.5 }] } },
      "--model tinytown --lora /srv/ink.safetensors:0.5",
    ],
    [
      { parts: { embeddings: [{ path: "/srv/cat.pt", word: "cat" }] } },
      "--model tinytown --embedding cat=/srv/cat.pt",
    ],
    [
      { parts: { vae: "town/tiny", variant: "fp16", ema: true } },
      "--model tinytown --vae town/tiny --variant fp16 --ema",
    ],
  ])("files or a VAE %j asks for %s", async (model, options) => {
    const { code, stderr } = await edit(await madeBy("parts.safetensors", model), at("parts.mp4"));
    expect(stderr).toContain(`${options}\n`);
    expect(code).toBe(1);
    expect(mirror.log).toEqual([]);
  });
});

/** Whether a video has sound. */
async function hasSound(path: string): Promise<boolean> {
  const mb = await loadCodecs();
  const input = new mb.Input({ source: new mb.FilePathSource(path), formats: mb.ALL_FORMATS });
  const track = await input.getPrimaryAudioTrack();
  input.dispose();
  return track !== null;
}

describe("the sound of a saved inversion", () => {
  const saved = at("saved", "clip.safetensors");

  test("goes along where the video lies beside it", async () => {
    const { code, stderr } = await edit(saved, at("beside.mp4"));
    expect(stderr).not.toContain("warning");
    expect(code).toBe(0);
    expect(await hasSound(at("beside.mp4"))).toBe(true);
  });

  test("is left out with a warning before the work where it does not, until the video is named", async () => {
    await cp(saved, at("alone.safetensors"));
    const { code, stderr } = await edit(at("alone.safetensors"), at("alone.mp4"));
    expect(code).toBe(0);
    expect(stderr).toContain("The result will have no sound");
    expect(stderr).toMatch(/Name it by --sound '.*clip\.mp4'/);
    expect(stderr.indexOf("no sound")).toBeLessThan(stderr.indexOf("Editing"));
    expect(await hasSound(at("alone.mp4"))).toBe(false);

    const named = await edit(at("alone.safetensors"), at("named.mp4"), "--sound", at("saved", "clip.mp4"));
    expect(named.code).toBe(0);
    expect(await hasSound(at("named.mp4"))).toBe(true);
  });

  test("is not that of another file of the video's name", async () => {
    await mkdir(at("other"));
    await cp(saved, at("other", "clip.safetensors"));
    await encodeClip(at("other", "clip.mp4"), toyFrames(12, 64, 64), { audio: "aac" });
    const beside = await edit(at("other", "clip.safetensors"), at("other.mp4"));
    expect(beside.stderr).toContain("The result will have no sound");
    expect(await hasSound(at("other.mp4"))).toBe(false);
    const named = await edit(saved, at("no.mp4"), "--sound", at("other", "clip.mp4"));
    expect(named.code).toBe(1);
    expect(named.stderr).toContain("is not the video that was inverted");
  });

  test("is not copied by the library either, by a path that only the file says", async () => {
    const inversion = await loadInversion(saved);
    const { fingerprint: _, ...source } = inversion.source!;
    // As versions before this one saved it.
    await saveInversion(at("older.safetensors"), { ...inversion, source: { ...source, isNamedOnly: true } });
    const older = await loadInversion(at("older.safetensors"));
    expect(older.source).toEqual({ ...source, isNamedOnly: true });
    const warnings: string[] = [];
    await writeVideo(at("library.mp4"), toyFrames(12), {
      like: { ...older, frames: [] },
      audio: "copy",
      onWarning: ({ message }) => warnings.push(message),
    });
    expect(warnings).toEqual([expect.stringContaining("only a saved inversion names")]);
    expect(await hasSound(at("library.mp4"))).toBe(false);
    const named = await edit(at("older.safetensors"), at("older.mp4"), "--sound", source.path);
    expect(named.code).toBe(0);
    expect(await hasSound(at("older.mp4"))).toBe(true);
  });

  test.each([
    [["--no-audio"], "--sound would have no effect: with --no-audio there is none"],
    [["-o", "no.gif"], "a result of the kind gif has none"],
    [["--preview"], "error: --sound would have no effect"],
  ])("is refused with %j", async (more, said) => {
    const { code, stderr } = await edit(saved, at("no.mp4"), "--sound", at("saved", "clip.mp4"), ...more);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });

  test("of a clip is its own", async () => {
    const clip = at("saved", "clip.mp4");
    const { code, stderr } = await edit(clip, at("no.mp4"), "-s", SOURCE, "--sound", clip);
    expect(stderr).toContain("has its own");
    expect(code).toBe(2);
  });
});

describe("a config that names", () => {
  const config = at("hub.yaml");
  const write = (more: string) =>
    writeFile(
      config,
      `fatezero: {compat: false, size: 64${more}}\ndataset_config: {path: saved/clip.mp4, prompt: "${SOURCE}", n_sample_frame: 2}\nediting_config: {editing_prompts: ["${TARGET}"], p2p_config: {0: {}}, num_inference_steps: 1}\n`,
    );
  const run = (out: string, ...more: string[]) =>
    runCli(["run", config, "-o", at(out), "--no-resume", ...more], home.env);

  test("a model of the hub has it downloaded with --download or --model only, and takes it from the cache", async () => {
    await write("");
    await writeFile(config, "pretrained_model_path: town/tiny\n", { flag: "a" });
    const refused = await run("run-no");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/"town\/tiny" is not in .*nobody asked for its download.*add --download/);
    expect(mirror.log).toEqual([]);

    expect((await run("run-yes", "--download")).code).toBe(0);
    expect(mirror.log).not.toEqual([]);
    mirror.log.length = 0;
    expect((await run("run-cached")).code).toBe(0);
    expect(mirror.log).toEqual([]);
  });

  test("a VAE of the hub likewise, also beside a model that a person named", async () => {
    await write(", vae: town/tiny");
    const refused = await run("vae-no", "--model", "tinytown");
    expect(refused.stderr).toContain("nobody asked for its download");
    expect(mirror.log).toEqual([]);
    expect((await run("vae-yes", "--vae", "town/tiny")).code).toBe(0);
    expect(mirror.log).not.toEqual([]);
  });
});

describe("a model's folder", () => {
  const model = at("model");
  beforeEach(async () => {
    await rm(model, { recursive: true, force: true });
    await cp("models/tinytown", model, { recursive: true });
  });

  test.each([
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "tokenizer/vocab.json",
    "scheduler",
    "fatezero.json",
  ])("has nothing opened through %s as a link that leads out of it", async (name) => {
    await rename(join(model, name), at("elsewhere"));
    await symlink(at("elsewhere"), join(model, name));
    await expect(loadModel(model)).rejects.toMatchObject({ code: "checkpoint-link" });
    // Of a model that gives its VAE only, no other part is looked at.
    const other = await loadModel("tinytown", { vae: model });
    await other.close();
    await rm(at("elsewhere"), { recursive: true });
  });

  test("may link inside itself, and be a link", async () => {
    await rename(join(model, "vae"), join(model, "first"));
    await symlink("first", join(model, "vae"));
    await symlink(model, at("linked"));
    const opened = await loadModel(at("linked"));
    await opened.close();
    await rm(join(model, "first", "config.json"));
    await symlink(join("..", "..", "model", "..", "saved", "clip.mp4"), join(model, "first", "config.json"));
    await expect(loadModel("tinytown", { vae: at("linked") })).rejects.toMatchObject({
      code: "checkpoint-link",
    });
  });
});
