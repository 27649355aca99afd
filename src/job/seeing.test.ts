import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, test } from "vitest";
import { previewPath, previewRange } from "./preview.ts";
import { checkSeeing } from "./seeing.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero seeing-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

test.each([
  ["blue.mp4", "blue.preview.png"],
  ["my.clips/blue", "my.clips/blue.preview.png"],
  ["look/", "look.preview.png"],
  ["look.png/", "look.png.preview.png"],
  ["look.PNG", "look.PNG"],
  ["look.jpg", "look.jpg"],
  ["look.webp", "look.preview.png"],
])("the preview of %s goes to %s", (out, path) => {
  expect(previewPath(out)).toBe(path);
});

test.each([
  [1, {}, { frames: 1, stride: 1 }],
  [3, {}, { frames: 3, stride: 1 }],
  [7, {}, { frames: 4, stride: 1 }],
  [8, {}, { frames: 4, stride: 2 }],
  [50, { start: 3 }, { start: 3, frames: 4, stride: 12 }],
  [16, { stride: 3, frames: 16 }, { frames: 4, stride: 12 }],
])("of %i frames with %o a preview takes %o", (available, options, chosen) => {
  expect(previewRange(available, options)).toEqual(chosen);
});

it.each([
  ["maps-every without maps", { mapsEvery: 3 }, "would have no effect"],
  ["one path twice", { compare: at("out.mp4") }, "name the same path"],
  ["the input as an output", { saveMaps: at("in") }, "is the input"],
  ["latents of another kind", { saveLatents: at("a.pt") }, "does not end in .safetensors"],
  ["a comparison of an unknown format", { compare: at("a.avi") }, '".avi"'],
  ["a folder with other files", { saveMaps: at("other") }, 'holds "notes.txt"'],
  ["a file as a folder", { saveMaps: at("notes.txt") }, "is a file"],
])("refuses %s before any work", async (_, options, message) => {
  await writeFile(at("notes.txt"), "mine");
  await mkdir(at("other"), { recursive: true });
  await writeFile(at("other/notes.txt"), "mine");
  await expect(checkSeeing({ ...options, input: at("in"), out: at("out.mp4") })).rejects.toThrow(message);
});

it("takes what can be written", async () => {
  const options = { saveMaps: at("maps/"), compare: at("both.gif"), saveLatents: at("deep/a.safetensors") };
  await expect(checkSeeing({ ...options, input: at("in"), out: at("out.mp4") })).resolves.toBeUndefined();
});
