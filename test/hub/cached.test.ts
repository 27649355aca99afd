import { mkdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  cachedFolder,
  cachedModel,
  cachedModels,
  removeCached,
  requireCached,
  verifyCached,
} from "../../src/hub/index.node.ts";
import { pipelineFiles } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor, pull, treeOf } from "./cache.ts";

const UNET = "unet/diffusion_pytorch_model.safetensors";

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(pipelineFiles(5000));
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

async function faults() {
  const model = await requireCached(home.cache, mirror.id);
  const found = [];
  for await (const file of verifyCached(model, home.cache)) if (!file.isGood) found.push(file);
  return found;
}

describe("the cache is read", () => {
  test("model by model: what is complete, at which commits, how large", async () => {
    const { folder, commit } = await pull(mirror, home);
    await mkdir(join(home.cache, "models--other--llm", "snapshots", "a".repeat(40)), { recursive: true });
    await mkdir(join(home.cache, "datasets--some--data"), { recursive: true });
    await mkdir(join(home.cache, "models--no-owner"), { recursive: true });
    const models = await cachedModels(home.cache);
    expect(models.map(({ id }) => id)).toEqual(["other/llm", "town/tiny"]);
    expect(models[0]!.snapshots).toMatchObject([{ kind: null, isDiffusers: false, refs: [] }]);
    expect(models[1]).toMatchObject({
      folder: home.model,
      snapshots: [{ commit, folder, refs: ["main"], kind: "pipeline", isDiffusers: true }],
      lastUsed: expect.any(Date),
    });
    // The commit's name in refs/main is 40 bytes long.
    const blobs = Object.entries(await treeOf(join(home.model, "blobs")));
    expect(models[1]!.bytes).toBe(40 + blobs.reduce((sum, [, size]) => sum + Number(size), 0));
  });

  test("with a VAE by itself told from other networks", async () => {
    const vae = {
      "config.json": pipelineFiles()["vae/config.json"]!,
      "diffusion_pytorch_model.safetensors": new Uint8Array(9),
    };
    mirror.push(vae);
    await pull(mirror, home, { kind: "vae" });
    expect((await cachedModel(home.cache, mirror.id))!.snapshots[0]).toMatchObject({ kind: "vae" });
    mirror.push({ ...vae, "config.json": Buffer.from('{"_class_name":"ControlNetModel"}') });
    await pull(mirror, home, { kind: "vae" });
    const kinds = (await cachedModel(home.cache, mirror.id))!.snapshots.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["vae", null]));
  });

  test("with a CLIP told from text encoders", async () => {
    const files = { "model.safetensors": new Uint8Array(9) };
    const config = (type: string) => Buffer.from(JSON.stringify({ model_type: type }));
    mirror.push({ ...files, "config.json": config("clip") });
    const { folder } = await pull(mirror, home, { kind: "clip" });
    const model = (await cachedModel(home.cache, mirror.id))!;
    expect(model.snapshots[0]).toMatchObject({ kind: "clip", isDiffusers: true, folder });
    mirror.push({ ...files, "config.json": config("clip_text_model") });
    await pull(mirror, home, { kind: "clip" });
    const kinds = (await cachedModel(home.cache, mirror.id))!.snapshots.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["clip", null]));
  });

  test("where there is none", async () => {
    expect(await cachedModels(join(home.folder, "none"))).toEqual([]);
  });

  test("to find a folder, which must be complete", async () => {
    const find = (revision?: string) =>
      cachedFolder(home.cache, { id: mirror.id, ...(revision ? { revision } : {}) });
    await expect(find()).rejects.toMatchObject({
      code: "hub-not-cached",
      message: `"town/tiny" is not in the cache ${home.cache}. No model is there.`,
    });
    const { folder, commit } = await pull(mirror, home);
    expect(await find()).toBe(folder);
    expect(await find(commit)).toBe(folder);
    await expect(find("fp16")).rejects.toThrow(
      `"town/tiny" is not complete at "fp16" in the cache ${home.cache}: its download has not ended. Download it: fatezero models pull town/tiny@fp16`,
    );
    await rm(join(folder, UNET));
    await expect(find()).rejects.toThrow(`it lacks weights ${UNET}.`);
  });
});

describe("a cached model is verified", () => {
  test("and found good", async () => {
    await pull(mirror, home);
    expect(await faults()).toEqual([]);
  });

  test("and a blob with a byte that is wrong, one that is missing and one that is cut are found", async () => {
    const { commit } = await pull(mirror, home);
    const blobOf = (path: string) => join(home.model, "blobs", mirror.etagOf(path));
    const bytes = await readFile(blobOf(UNET));
    bytes[1234]! ^= 1;
    await writeFile(blobOf(UNET), bytes);
    await rm(blobOf("vae/config.json"));
    await writeFile(blobOf("unet/config.json"), "{");
    const found = await faults();
    expect(found.map(({ path }) => path).sort()).toEqual(
      ["unet/config.json", UNET, "vae/config.json", commit].sort(),
    );
    const textOf = (path: string) => found.find((file) => file.path === path)!.text;
    expect(textOf(UNET)).toMatch(/^its hash is [0-9a-f]{64} where [0-9a-f]{64} is expected$/);
    expect(textOf("vae/config.json")).toBe("its blob is missing");
    expect(textOf(commit)).toBe("lacks vae/config.json");
  });
});

describe("a cached model is removed", () => {
  test("with all that belongs to it and nothing else", async () => {
    await pull(mirror, home);
    const outside = join(home.folder, "precious.bin");
    await writeFile(outside, "precious");
    await symlink(outside, join(home.model, "snapshots", mirror.commit, "link.bin"));
    await symlink(home.folder, join(home.model, "folder-link"));
    const other = join(home.cache, "models--town--tiny2", "blobs");
    await mkdir(other, { recursive: true });
    const { bytes } = await requireCached(home.cache, mirror.id);
    expect(await removeCached(home.cache, mirror.id)).toEqual({ bytes });
    expect(Object.keys(await treeOf(home.folder))).toEqual(["hub/CACHEDIR.TAG", "precious.bin"]);
    expect(await readFile(outside, "utf8")).toBe("precious");
    await expect(removeCached(home.cache, mirror.id)).rejects.toMatchObject({ code: "hub-not-cached" });
  });

  test("unless another process downloads it", async () => {
    await pull(mirror, home);
    const lock = join(home.cache, ".locks", "models--town--tiny", "fatezero.lock");
    await mkdir(lock, { recursive: true });
    await expect(removeCached(home.cache, mirror.id)).rejects.toMatchObject({ code: "hub-in-use" });
    // A lock that nobody has renewed for a minute is of a process that was killed.
    await utimes(lock, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
    await removeCached(home.cache, mirror.id);
  });
});
