/** Whatever a saved inversion says of itself: a sound one, or one error that names the file and the key. */
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkModel } from "../../src/edit/index.ts";
import { FateZeroError } from "../../src/errors.ts";
import { writeSafetensors } from "../../src/files/index.node.ts";
import { readSafetensors } from "../../src/files/index.ts";
import { loadInversion } from "../../src/job/inversion-file.ts";
import { showCommand } from "../../src/job/show.ts";
import { loadModel } from "../../src/pipeline/index.node.ts";
import { floatTensor } from "../../src/tensor/index.ts";
import { fixture } from "../support/fixtures.ts";
import { type JsonRecord, rewriteHeader } from "./damage.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-inversions-"));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, "a.safetensors");
const model = await loadModel("tinytown");
const sound = fixture("inversions/tinytown-1.safetensors");

/** Writes the sound inversion with another description. */
async function write(change: (description: JsonRecord) => unknown): Promise<void> {
  await cp(sound, file);
  await rewriteHeader(file, (header) => {
    const metadata = header.__metadata__ as { fatezero_inversion: string };
    const changed = change(JSON.parse(metadata.fatezero_inversion) as JsonRecord);
    metadata.fatezero_inversion = typeof changed === "string" ? changed : JSON.stringify(changed);
  });
}

async function said(): Promise<string | null> {
  const refused = (error: unknown): string => {
    if (!(error instanceof FateZeroError)) throw error;
    expect(error.message.length).toBeLessThan(1000);
    return error.message;
  };
  // Of how it was made it may say anything: it is shown, or it is not.
  const shown = await showCommand(file).catch(refused);
  if (typeof shown !== "string") expect(typeof shown.text).toBe("string");
  return loadInversion(file).then((inversion) => {
    try {
      // It is of the model's earlier weights, which alone is no fault here.
      const made = { ...inversion, model: { ...inversion.model, fingerprint: model.fingerprint } };
      checkModel(model, made, file);
      return null;
    } catch (error) {
      return refused(error);
    }
  }, refused);
}

type Path = readonly string[];
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key])),
  ];
}
function withAt(json: JsonRecord, [key, ...rest]: Path, value: unknown): JsonRecord {
  return {
    ...json,
    [key!]: rest.length === 0 ? value : withAt((json[key!] ?? {}) as JsonRecord, rest, value),
  };
}

const HOSTILE: readonly unknown[] = [
  ...[0, -1, 1.5, 77, 1e9, 2 ** 53, 1e308, Number.NaN, true, null, "", "8", "toString", "__proto__"],
  ...[[], [-1], [0.5], [1e308], ["toString"], [[1]], new Array(5000).fill(0), {}, "x".repeat(100_000)],
];

it("is sound as it was written", async () => {
  await write((description) => description);
  expect(await said()).toBe(null);
});

it("is refused by its key, whatever stands there", { timeout: 60_000 }, async () => {
  let description: JsonRecord = {};
  await write((json) => (description = json));
  const more = [
    ["timestamps"],
    ["duration"],
    ["settings", "window"],
    ["model", "parts"],
    ["model", "parts", "lora"],
    ["model", "version"],
  ];
  let refused = 0;
  for (const path of [...pathsOf(description), ...more]) {
    for (const value of HOSTILE) {
      await write((json) => withAt(json, path, value));
      const message = await said();
      if (message === null) continue;
      refused++;
      expect(message, `${path} ${JSON.stringify(value).slice(0, 60)}`).toContain(file);
      expect(message).toMatch(/its |description|tensors|ids|latents|word maps/);
    }
  }
  expect(refused).toBeGreaterThan(300);
});

it.each<[string, (json: JsonRecord) => unknown, string]>([
  [
    "5,000 frames to look at",
    (json) => withAt(json, ["settings", "attend", "frames"], new Array(5000).fill(0)),
    "its settings.attend.frames has 5000 frames, more than 16",
  ],
  [
    "a cut behind the last frame",
    (json) => withAt(json, ["settings", "cuts"], [5000]),
    "its settings.cuts is [5000], but must be the first frames of scenes",
  ],
  [
    "windows that share all of themselves",
    (json) => withAt(json, ["settings", "window"], { frames: 8, overlap: 8 }),
    'its settings.window is {"frames":8,"overlap":8}, but must be frames and an overlap of fewer',
  ],
  ["no steps", ({ steps: _, ...rest }) => rest, "its description has no steps"],
  ["brackets", () => `{"prompt":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "nested too deeply"],
  [
    "ids of another vocabulary",
    (json) => ({ ...json, ids: new Array(77).fill(49_407) }),
    "49407 among its ids",
  ],
  ["too few ids", (json) => ({ ...json, ids: [1, 2] }), "has 2 ids"],
  ["another size", (json) => ({ ...json, size: { width: 256, height: 64 } }), "are not its size of 256x64"],
])("is refused with %s", async (_, change, fault) => {
  await write(change);
  const message = await said();
  expect(message).toContain(fault);
  expect(message).toContain(file);
});

it.each<[string, readonly number[] | null, unknown, string]>([
  ["of other steps", [3, 1, 77, 128], { guidance: 2 }, "null-text embeddings are [3, 1, 77, 128], not ["],
  ["of other frames", [0, 5, 77, 128], { guidance: 2 }, "null-text embeddings are ["],
  ["of another length", [0, 1, 7, 128], { guidance: 2 }, "null-text embeddings are ["],
  ["of another width", [0, 1, 77, 16], { guidance: 2 }, "but its model's texts are [77, 128]"],
  ["without guidance", [0, 1, 77, 128], {}, "its description has no nullText.guidance"],
  ["with a guidance of 1", [0, 1, 77, 128], { guidance: 1 }, "its nullText.guidance is 1, but must be"],
  ["that nothing tells of", [0, 1, 77, 128], undefined, "that its description has not"],
  ["that are missing", null, { guidance: 2 }, "its null-text embeddings are missing"],
  ["that are sound", [0, 1, 77, 128], { guidance: 2 }, ""],
])("is refused with texts %s", async (_, given, nullText, fault) => {
  const { tensors, metadata } = await readSafetensors(sound);
  const steps = tensors.get("latents")!.shape[0]! - 1;
  const json = { ...JSON.parse(metadata.fatezero_inversion!), version: 2, nullText };
  const shape = given?.map((n) => n || steps);
  const texts = shape ? { null_text: floatTensor(shape) } : {};
  await writeSafetensors(
    file,
    { ...Object.fromEntries(tensors), ...texts },
    { ...metadata, fatezero_inversion: JSON.stringify(json) },
  );
  const message = await said();
  if (fault === "") expect(message).toBe(null);
  else {
    expect(message).toContain(fault);
    expect(message).toContain(file);
  }
});

it("says no more of how it was made than a command line holds", async () => {
  await cp(sound, file);
  await rewriteHeader(file, (header) => {
    header.__metadata__ = {
      ...header.__metadata__,
      arguments: JSON.stringify(["edit", "x".repeat(200_000)]),
    };
  });
  await expect(showCommand(file)).rejects.toMatchObject({
    code: "no-provenance",
    message: expect.stringContaining("arguments"),
  });
  expect((await readFile(file)).length).toBeGreaterThan(200_000);
});
