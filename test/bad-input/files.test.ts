/** Models and inversions that are damaged or do not fit: told before the work, without a trace and without an output. */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { namesIn, runCli, SOURCE, TARGET, toyClip, workFolder } from "../cli/run-cli.ts";
import { fixture } from "../support/fixtures.ts";
import { copyOfModel, DAMAGES, type JsonRecord, rewriteHeader, rewriteJson } from "./damage.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 2);
const out = join(folder, "results", "out.mp4");
const saved = join(folder, "sound.safetensors");
await runCli(["invert", clip, "-s", SOURCE, "-o", saved, "--steps", "1"]);

async function refused(args: readonly string[], ...said: readonly string[]): Promise<void> {
  const run = await runCli(args);
  expect(run.stderr).toMatch(/^error: /m);
  for (const text of said) expect(run.stderr).toContain(text);
  expect(run.stderr).not.toMatch(/\n {4}at /);
  expect(run.stderr).not.toContain("fault of the program");
  expect(run).toMatchObject({ code: 1, stdout: "" });
}

test.concurrent.each(DAMAGES)("an inversion that %s", async (name, said, damage) => {
  const file = join(folder, `inversion ${name}.safetensors`);
  await cp(saved, file);
  await damage(file);
  await refused(["edit", file, "-t", TARGET, "-o", out], file, said, "again.");
});

const description = (change: (value: JsonRecord) => JsonRecord) => (file: string) =>
  rewriteHeader(file, (header) => {
    const metadata = header.__metadata__ as { fatezero_inversion: string };
    metadata.fatezero_inversion = JSON.stringify(change(JSON.parse(metadata.fatezero_inversion)));
  });

test.concurrent.each<[string, string, (file: string) => Promise<void>]>([
  [
    "describes nothing",
    "it holds other tensors",
    (file) => rewriteHeader(file, (h) => void delete h.__metadata__),
  ],
  ["is of another layout", "neither version 1 nor 2", description((d) => ({ ...d, version: 99 }))],
  ["has lost its prompt", "its description has no prompt", description(({ prompt: _, ...rest }) => rest)],
  [
    "has steps that are none",
    "its steps is -1, but must be a whole number",
    description((d) => ({ ...d, steps: -1 })),
  ],
  ["has other steps than tensors", "do not fit its description", description((d) => ({ ...d, steps: 7 }))],
  [
    "is of another model",
    'made with the model "tinytown"',
    description((d) => ({ ...d, model: { ...(d.model as JsonRecord), fingerprint: "0" } })),
  ],
  [
    "is of older weights",
    "older version of tinytown (1, this is 2). Invert the video again.",
    (file) => cp(fixture("inversions/tinytown-1.safetensors"), file),
  ],
])("an inversion that %s", async (name, said, damage) => {
  const file = join(folder, `inversion ${name}.safetensors`);
  await cp(saved, file);
  await damage(file);
  await refused(["edit", file, "-t", TARGET, "-o", out], said);
});

const weights = "diffusion_pytorch_model.safetensors";
test.concurrent.each<[string, string[], (model: string) => Promise<unknown>]>([
  ...DAMAGES.map(([name, said, damage]): [string, string[], (model: string) => Promise<unknown>] => [
    `whose UNet ${name}`,
    [join("unet", weights), said],
    (model) => damage(join(model, "unet", weights)),
  ]),
  [
    "without a UNet",
    ["lacks", join("unet", "config.json")],
    (model) => rm(join(model, "unet"), { recursive: true }),
  ],
  ["without the UNet's weights", ["lacks", weights], (model) => rm(join(model, "unet", weights))],
  [
    "without a tokenizer",
    ["lacks", "vocab.json"],
    (model) => rm(join(model, "tokenizer"), { recursive: true }),
  ],
  [
    "whose VAE has other channels than its UNet",
    ["do not go together", "4 latent channels", "takes 8"],
    (model) => rewriteJson(join(model, "vae", "config.json"), (c) => ({ ...c, latent_channels: 4 })),
  ],
  [
    "whose text encoder has another width than its UNet",
    ["do not go together", "values a token"],
    (model) => rewriteJson(join(model, "unet", "config.json"), (c) => ({ ...c, cross_attention_dim: 320 })),
  ],
  [
    "whose weights have other shapes than its configuration",
    ["not those of the model", "wrong shape"],
    (model) =>
      rewriteJson(join(model, "vae", "config.json"), (c) => ({
        ...c,
        block_out_channels: [16, 16, 16, 16].slice(0, (c.block_out_channels as unknown[]).length),
      })),
  ],
])("a model %s", async (name, said, damage) => {
  const model = await copyOfModel(join(folder, "models", name));
  await damage(model);
  await refused(
    ["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", out, "--steps", "1", "--model", model],
    ...said,
  );
  await rm(model, { recursive: true });
});

afterAll(async () => {
  expect(await namesIn(folder)).not.toContain("results");
});
