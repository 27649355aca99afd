import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findClips } from "./clips.ts";

let root: string;

/** A folder of clips: `clip.json` by name, and what folders each has. */
async function clips(
  name: string,
  all: Readonly<Record<string, { readonly json: unknown; readonly folders?: readonly string[] }>>,
): Promise<string> {
  const folder = join(root, name);
  for (const [clip, { json, folders = ["source"] }] of Object.entries(all)) {
    for (const below of folders) await mkdir(join(folder, clip, below), { recursive: true });
    await mkdir(join(folder, clip), { recursive: true });
    await writeFile(join(folder, clip, "clip.json"), typeof json === "string" ? json : JSON.stringify(json));
  }
  return folder;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fatezero-bench-"));
});
afterAll(() => rm(root, { recursive: true }));

const EDIT = { id: "0_blue", kind: "attribute", prompt: "a blue car" };
const CAR = { prompt: "a red car", edits: [EDIT] };

it("finds clips with their masks and perfect edits, and leaves out what is edited by regions", async () => {
  const regions = { id: "1_regions", regions: [{ mask: "mask0", prompt: "a blue car" }] };
  const folder = await clips("whole", {
    car: {
      json: { ...CAR, edits: [EDIT, regions] },
      folders: ["source", "mask", "0_blue/frames", "0_blue/mask"],
    },
    duck: { json: { prompt: "a duck", edits: [{ id: "0", prompt: " a boat " }] } },
  });
  await mkdir(join(folder, "other"));
  const found = await findClips(folder, undefined);
  const at = (...names: string[]): string => join(folder, ...names);
  expect(found).toEqual({
    edits: [
      {
        ...{ clip: "car", edit: "0_blue", kind: "attribute", source: "a red car", target: "a blue car" },
        ...{ input: at("car", "source"), stride: 1, truth: at("car", "0_blue", "frames") },
        masks: [at("car", "mask"), at("car", "0_blue", "mask")],
      },
      {
        ...{ clip: "duck", edit: "0", kind: null, source: "a duck", target: "a boat" },
        ...{ input: at("duck", "source"), stride: 1, truth: null, masks: [] },
      },
    ],
    leftOut: ["car 1_regions: it is edited region by region"],
  });
  expect((await findClips(join(folder, "car"), undefined)).edits).toEqual(found.edits.slice(0, 1));
});

it("reads the authors' file of sentences", async () => {
  const folder = join(root, "data");
  for (const name of ["swan_duck", "elsewhere"]) await mkdir(join(folder, name), { recursive: true });
  const file = join(root, "prompts.yaml");
  const text =
    "swan_duck:\n  path: result/of/theirs\n  source: a black swan\n  target: a white duck,\n\n" +
    "train:\n  sampling_rate: 28\n  path: elsewhere\n  source: a train\n  target: a train, Shinkai style\n";
  await writeFile(file, text);
  const { edits } = await findClips(folder, file);
  expect(edits).toMatchObject([
    { clip: "swan_duck", input: join(folder, "swan_duck"), stride: 1, target: "a white duck," },
    { clip: "train", input: join(folder, "elsewhere"), stride: 28, masks: [], truth: null },
  ]);
});

describe("refuses what is no bench, naming the file and the place", () => {
  it.each([
    ["no JSON", "{", /clip\.json" is not JSON/],
    ["a list", [], /is not a JSON object/],
    ["no prompt", { edits: [EDIT] }, /no sentence at prompt/],
    ["no edits", { prompt: "a car" }, /no list at edits/],
    ["an edit that is none", { ...CAR, edits: [3] }, /no object at edits\.0/],
    [
      "a name that leads elsewhere",
      { ...CAR, edits: [{ ...EDIT, id: "../x" }] },
      /no plain name at edits\.0\.id/,
    ],
    ["an empty target", { ...CAR, edits: [{ ...EDIT, prompt: " " }] }, /no sentence at edits\.0\.prompt/],
    ["an edit twice", { ...CAR, edits: [EDIT, EDIT] }, /has car\/0_blue twice/],
  ])("%s", async (name, json, said) => {
    const folder = await clips(`bad-${name}`, { car: { json } });
    await expect(findClips(folder, undefined)).rejects.toMatchObject({
      code: "bench-clips",
      message: expect.stringMatching(said),
    });
  });

  it("no frames, no clips, no folder", async () => {
    const folder = await clips("frameless", { car: { json: CAR, folders: [] } });
    await expect(findClips(folder, undefined)).rejects.toThrow(/has no folder source\//);
    await mkdir(join(root, "empty"));
    await expect(findClips(join(root, "empty"), undefined)).rejects.toThrow(/holds no clip with an edit/);
    await expect(findClips(join(root, "nowhere"), undefined)).rejects.toThrow(/is no folder/);
  });

  it.each([
    ["what is no YAML", "a: [", /is no YAML/],
    ["a list", "- a", /no clips by name/],
    ["no sentences", "swan: 3", /no source and target at swan/],
    ["no target", "swan_duck: {source: a}", /no sentence at swan_duck\.target/],
    ["frames that are not there", "cow: {source: a, target: b}", /names cow, of which there is no/],
    ["a stride that is none", "swan_duck: {source: a, target: b, sampling_rate: 0}", /sampling_rate/],
  ])("sentences: %s", async (_, text, said) => {
    const file = join(root, "bad.yaml");
    await writeFile(file, text);
    await mkdir(join(root, "data", "swan_duck"), { recursive: true });
    await expect(findClips(join(root, "data"), file)).rejects.toThrow(said);
  });
});
