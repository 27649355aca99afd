/** Texts as other systems write them: every kind of text file is read alike, or its encoding is named. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpointFolder } from "../../src/checkpoint/index.node.ts";
import { prepareRun } from "../../src/job/run/prepare.ts";
import { inProcess } from "../cli/in-process.ts";
import { runCli, SOURCE, TARGET, toyClip, workFolder } from "../cli/run-cli.ts";
import { homeFor } from "../hub/cache.ts";
import { inRepository } from "../support/fixtures.ts";
import { pipelineFiles } from "../support/hub-files.ts";
import { startMirror } from "../support/hub-mirror.ts";
import { copyOfModel } from "./damage.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 2);

/** As PowerShell's `>` writes it. */
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text.replaceAll("\n", "\r\n")}`, "utf16le");
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const CONFIG = `
dataset_config: {path: "${clip}", prompt: ${SOURCE}, n_sample_frame: 2, sampling_rate: 1}
editing_config: {num_inference_steps: 1, editing_prompts: ["a blue Citroën on a road"], p2p_config: {0: {cross_replace_steps: {default_: 0.8}, self_replace_steps: 0.8}}}
pretrained_model_path: tinytown
`;

test("a model's texts in UTF-16 are those of its folder", async () => {
  const copy = await copyOfModel(join(folder, "model"));
  const texts = (await readdir(copy, { recursive: true })).filter((name) => /\.(json|txt)$/.test(name));
  for (const name of texts)
    await writeFile(join(copy, name), utf16(await readFile(join(copy, name), "utf8")));
  const facts = ({
    unet,
    vae,
    textEncoder,
    tokenizer,
    scheduler,
    settings,
  }: Awaited<ReturnType<typeof openCheckpointFolder>>) => ({
    configs: [unet, vae, textEncoder].map(({ config }) => config),
    ...{ scheduler, settings },
    vocab: JSON.parse(tokenizer.vocab),
    merges: tokenizer.merges,
  });
  expect(texts.length).toBeGreaterThan(8);
  expect(facts(await openCheckpointFolder(copy))).toEqual(
    facts(await openCheckpointFolder(inRepository("models/tinytown"))),
  );
});

test("a config in UTF-16 is run as written", async () => {
  const file = join(folder, "utf16.yaml");
  await writeFile(file, utf16(CONFIG));
  const request = { config: file, out: join(folder, "results") };
  const { edits } = await inProcess(({ session }) => prepareRun(request, session));
  expect(edits[0]!.options.prompt).toBe("a blue Citroën on a road");
});

test("a config that a shell wrote in UTF-16 is read", async () => {
  const config = inRepository("test/fixtures/text/powershell-utf16.yaml");
  const { stdout, stderr } = await runCli(["run", config, "-o", join(folder, "shell"), "--frames", "1"]);
  expect(stderr).toContain("a blue car");
  expect(stdout).toContain("shell");
});

test("pairs in UTF-16 are planned", async () => {
  const pairs = join(folder, "pairs.json");
  await writeFile(pairs, utf16(JSON.stringify([{ source: SOURCE, target: TARGET }], null, 2)));
  const planned = await runCli(["plan", "--pairs", pairs, "--json"]);
  expect(planned).toMatchObject({ code: 0 });
  expect(planned.stdout).toContain(TARGET);
});

test.concurrent.each<[string, string, Buffer, (file: string) => string[]]>([
  [
    "a config in Latin-1",
    "not UTF-8 in line 3",
    latin1(CONFIG),
    (file) => ["run", file, "-o", join(folder, "a")],
  ],
  [
    "a config that is a picture",
    "binary data",
    await readFile(join(clip, "00000.png")),
    (file) => ["run", file, "-o", join(folder, "b")],
  ],
  [
    "pairs in UTF-32",
    "UTF-32",
    Buffer.from(Uint32Array.from('[{"a": 1}]', (c) => c.charCodeAt(0)).buffer),
    (file) => ["plan", "--pairs", file],
  ],
])("%s: its encoding is named", async (name, said, bytes, args) => {
  const file = join(folder, `${name}.txt`);
  await writeFile(file, bytes);
  const run = await runCli(args(file));
  expect(run.stderr).toContain(`"${file}" is `);
  expect(run.stderr).toContain(said);
  expect(run).toMatchObject({ code: 1, stdout: "" });
});

test("a model's config in another encoding is named", async () => {
  const copy = await copyOfModel(join(folder, "broken"));
  const file = join(copy, "tokenizer", "special_tokens_map.json");
  await writeFile(file, latin1('{"bos_token": "é"}'));
  await expect(openCheckpointFolder(copy)).rejects.toMatchObject({
    code: "text-encoding",
    message: expect.stringContaining(file),
  });
});

test("a token in UTF-16 is the one that is sent", async () => {
  const mirror = await startMirror(pipelineFiles());
  try {
    const home = await homeFor(mirror);
    await writeFile(join(home.folder, "token"), utf16("hf_abc\n"));
    await runCli(["models", "pull", mirror.id], home.env);
    expect(mirror.log[0]!.authorization).toBe("Bearer hf_abc");
  } finally {
    await mirror.close();
  }
});
