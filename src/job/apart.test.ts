import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkApart } from "./apart.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero apart-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
await mkdir(at("frames"));
await writeFile(at("frames/01-a.png"), "");
await writeFile(at("style.safetensors"), "");
await symlink(at("style.safetensors"), at("link.safetensors"));
await symlink(at("frames"), at("also"));
const input = at("clip.mp4");

it.each([
  ["one path in two spellings", { out: at("a.mp4"), compare: at("./b/../a.mp4") }, {}, "name the same path"],
  [
    "one path from two folders",
    { out: at("a.mp4"), compare: relative(".", at("a.mp4")) },
    {},
    "name the same path",
  ],
  [
    "one path through a link",
    { out: at("frames/a.mp4"), compare: at("also/a.mp4") },
    {},
    "name the same path",
  ],
  ["a result in a folder of maps", { out: at("maps/a.mp4"), saveMaps: at("maps") }, {}, "lies in saveMaps"],
  ["the input", { out: at("frames/") }, { input: at("also") }, "is the input"],
  [
    "the folder that holds the input",
    { out: at("frames/") },
    { input: at("frames/01-a.png") },
    "is the input",
  ],
  ["a LoRA", { out: at("link.safetensors") }, { lora: [{ path: at("style.safetensors") }] }, "is the input"],
  [
    "an embedding",
    { saveLatents: at("style.safetensors") },
    { embeddings: [{ path: at("style.safetensors") }] },
    "is the input",
  ],
  ["the model", { saveLatents: at("style.safetensors") }, { model: at("style.safetensors") }, "is the input"],
  ["the VAE", { saveLatents: at("style.safetensors") }, { vae: at("link.safetensors") }, "is the input"],
] as const)("%s is not written over", async (_, outputs, reads, said) => {
  await expect(checkApart(outputs, { input, ...reads })).rejects.toThrow(said);
});

it("outputs beside all that are let be", async () => {
  const outputs = { out: at("frames2/"), compare: at("frames.mp4"), saveMaps: at("maps") };
  await checkApart(outputs, {
    input: at("frames"),
    model: "owner/name",
    lora: [{ path: at("style.safetensors") }],
  });
});
