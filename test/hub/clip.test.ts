/** A CLIP of the hub: by itself, as openai/clip-vit-base-patch32 is, or beside a pipeline. */
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openClipFolder } from "../../src/checkpoint/index.node.ts";
import { checkConfigs } from "../../src/pipeline/index.ts";
import { createTokenizer } from "../../src/prompt/index.ts";
import { runCli } from "../cli/run-cli.ts";
import { type Files, filesOfFolder } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { homeFor, pull } from "./cache.ts";

const TINYTOWN = filesOfFolder("models/tinytown");
const below = (folder: string): Files =>
  Object.fromEntries(
    Object.entries(TINYTOWN).flatMap(([path, bytes]) =>
      path.startsWith(folder) ? [[path.slice(folder.length), bytes]] : [],
    ),
  );
/** As repositories of CLIP alone have it. */
const ALONE: Files = { ...below("clip/"), ...below("tokenizer/"), "tf_model.h5": new Uint8Array(9) };

let mirror: Mirror;
afterEach(() => mirror.close());
const asked = () => new Set(mirror.content().map(({ path }) => path));

test("is pulled and listed by the command line", async () => {
  mirror = await startMirror(ALONE);
  const home = await homeFor(mirror);
  const pulled = await runCli(["models", "pull", mirror.id], home.env);
  const folder = join(home.model, "snapshots", mirror.commit);
  expect(pulled).toMatchObject({ code: 0, stdout: `${folder}\n` });
  expect(asked().has("model.safetensors")).toBe(true);
  expect(asked().has("tf_model.h5")).toBe(false);
  const listed = await runCli(["models", "list"], home.env);
  expect(listed.stdout).toMatch(/town\/tiny +\d+ MB {2}a CLIP, used/);
  const { tokenizer, preprocessor } = await openClipFolder(folder);
  expect(createTokenizer(tokenizer).vocabSize).toBe(927);
  expect(preprocessor).toMatchObject({ size: { shortest_edge: 128 } });
});

test("beside a pipeline comes with that one's words and nothing else of it", async () => {
  mirror = await startMirror(TINYTOWN);
  const home = await homeFor(mirror);
  const { folder } = await pull(mirror, home, { kind: "clip" });
  expect([...asked()].filter((path) => !/^(clip|tokenizer)\//.test(path))).toEqual([]);
  const { model, tokenizer } = await openClipFolder(folder);
  expect(model.label).toBe(join(folder, "clip"));
  expect(createTokenizer(tokenizer).vocabSize).toBe(927);
});

test("that is none is refused before its weights come", async () => {
  mirror = await startMirror({ ...ALONE, "config.json": Buffer.from('{"model_type": "siglip"}') });
  const home = await homeFor(mirror);
  const check = checkConfigs(mirror.id, "clip");
  await expect(pull(mirror, home, { kind: "clip", check })).rejects.toMatchObject({
    code: "model-unsupported",
  });
  expect(asked().has("model.safetensors")).toBe(false);
  mirror.push({ "README.md": Buffer.from("nothing") });
  await expect(pull(mirror, home, { kind: "clip" })).rejects.toMatchObject({
    code: "hub-layout",
    message: expect.stringContaining("holds no CLIP in transformers' layout: it lacks config.json"),
  });
});
