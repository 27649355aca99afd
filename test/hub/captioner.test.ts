/** A BLIP of the hub: it is downloaded where it is named, and taken from the cache where nothing is. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { checkConfigs } from "../../src/pipeline/index.ts";
import { runCli, TARGET, toyClip, workFolder } from "../cli/run-cli.ts";
import { fixture } from "../support/fixtures.ts";
import { type Files, filesOfFolder } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { homeFor, pull } from "./cache.ts";

const ALL = filesOfFolder("test/fixtures/blip/blip");
/** As many such repositories have it, those of CLIP too. */
const WORDS = { model: { type: "WordPiece", vocab: { "[UNK]": 0 } } };
const BLIP: Files = {
  ...ALL,
  "tokenizer.json": Buffer.from(JSON.stringify(WORDS)),
  "tf_model.h5": new Uint8Array(9),
  "README.md": Buffer.from("# BLIP"),
};
const MICRO = fixture("models/micro-sd");
const folder = await workFolder();
const clip = await toyClip(folder, 2, 64, 64);
const edit = ["edit", clip, "-t", TARGET, "--model", MICRO, "--size", "64", "--steps", "1", "--no-resume"];

let mirror: Mirror;
afterEach(() => mirror.close());
const asked = () => new Set(mirror.content().map(({ path }) => path));

test("is pulled and listed by the command line, and describes by its id", async () => {
  mirror = await startMirror(BLIP);
  const home = await homeFor(mirror);
  const said = await runCli(["describe", clip, "--model", mirror.id, "--beams", "1"], home.env);
  expect(said.code, said.stderr).toBe(0);
  expect(said.stdout.trim()).not.toBe("");
  expect(asked().has("model.safetensors")).toBe(true);
  for (const path of ["pytorch_model.bin", "tf_model.h5"]) expect(asked().has(path)).toBe(false);
  const pulled = await runCli(["models", "pull", mirror.id], home.env);
  expect(pulled).toMatchObject({ code: 0, stdout: `${join(home.model, "snapshots", mirror.commit)}\n` });
  const listed = await runCli(["models", "list"], home.env);
  expect(listed.stdout).toMatch(/town\/tiny +\d+ kB {2}a captioner, used/);
});

test("is used by itself where it was downloaded, and else asked for", async () => {
  mirror = await startMirror(BLIP, { id: "Salesforce/blip-image-captioning-base" });
  const home = await homeFor(mirror);
  const out = join(folder, "out.mp4");
  const without = await runCli([...edit, "-o", out], home.env);
  expect(without).toMatchObject({ code: 2, stdout: "" });
  expect(without.stderr).toContain(
    "--source is missing. Say in a sentence what the clip shows, or have it described: --captioner Salesforce/blip-image-captioning-base downloads a model",
  );
  // A model of the hub is not downloaded to learn that it describes nothing.
  const hub = await runCli([...edit, "--model", "owner/model", "-o", out], home.env);
  expect(hub.stderr).toContain("--source is missing");
  expect(asked().size).toBe(0);
  const named = await runCli([...edit, "--captioner", mirror.id, "-o", out], home.env);
  expect(named.stderr).toMatch(/source +\(from the clip, by Salesforce\/blip-image-captioning-base\): /);
  const cached = await runCli([...edit, "-o", out], { ...home.env, HF_HUB_OFFLINE: "1" });
  expect(cached.stderr).toMatch(/source +\(from the clip, by Salesforce\/blip-image-captioning-base\): /);
  expect(existsSync(out)).toBe(true);
});

test("that is none is refused before its weights come", async () => {
  const config = { ...JSON.parse(Buffer.from(ALL["config.json"]!).toString()) };
  const vqa = JSON.stringify({ ...config, architectures: ["BlipForQuestionAnswering"] });
  mirror = await startMirror({ ...BLIP, "config.json": Buffer.from(vqa) });
  const home = await homeFor(mirror);
  const check = checkConfigs(mirror.id, "captioner");
  await expect(pull(mirror, home, { kind: "captioner", check })).rejects.toMatchObject({
    code: "model-unsupported",
  });
  expect(asked().has("model.safetensors")).toBe(false);
});

test("a model of the hub without sentences is refused before its weights come", async () => {
  const { "fatezero.json": _, ...files } = filesOfFolder("models/tinytown");
  mirror = await startMirror(files);
  const home = await homeFor(mirror);
  const said = await runCli(["describe", clip, "--model", mirror.id], home.env);
  expect(said.code).toBe(1);
  expect(said.stderr).toContain("does not describe pictures");
  expect([...asked()].filter((path) => path.endsWith(".safetensors"))).toEqual([]);
  mirror.push({ "README.md": Buffer.from("nothing") });
  await expect(pull(mirror, home, { kind: "captioner" })).rejects.toMatchObject({
    code: "hub-layout",
    message: expect.stringContaining("holds no BLIP that describes pictures"),
  });
});
