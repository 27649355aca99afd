import { existsSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FateZeroError } from "../../src/errors.ts";
import type { HubEvent } from "../../src/hub/index.ts";
import { pipelineFiles } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { canMount, onSmallDisk } from "../support/small-disk.ts";
import { type Home, homeFor, pull, treeOf } from "./cache.ts";

const NEEDED = [
  "model_index.json",
  "scheduler/scheduler_config.json",
  "text_encoder/config.json",
  "text_encoder/model.safetensors",
  "tokenizer/merges.txt",
  "tokenizer/special_tokens_map.json",
  "tokenizer/tokenizer_config.json",
  "tokenizer/vocab.json",
  "unet/config.json",
  "unet/diffusion_pytorch_model.safetensors",
  "vae/config.json",
  "vae/diffusion_pytorch_model.safetensors",
];

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(pipelineFiles(), { pageSize: 4 });
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

const fetched = () =>
  mirror
    .content()
    .filter(({ sent }) => sent > 0)
    .map(({ path }) => path);

describe("a model that the cache lacks", () => {
  test("comes with what is needed and nothing else, the weights last", async () => {
    const { folder, commit, files } = await pull(mirror, home);
    expect(commit).toBe(mirror.commit);
    expect(folder).toBe(join(home.model, "snapshots", mirror.commit));
    expect([...files].sort()).toEqual(NEEDED);
    expect(fetched().sort()).toEqual(NEEDED);
    expect(
      fetched()
        .slice(-3)
        .every((path) => path.endsWith(".safetensors")),
    ).toBe(true);
  });

  test("lies in the cache as huggingface_hub lays it out", async () => {
    await pull(mirror, home);
    const tree = await treeOf(home.model);
    const of = (path: string) => `${"../".repeat(path.split("/").length + 1)}blobs/${mirror.etagOf(path)}`;
    expect(tree).toEqual({
      ...Object.fromEntries(
        NEEDED.map((path) => [`blobs/${mirror.etagOf(path)}`, pipelineFiles()[path]!.length]),
      ),
      ...Object.fromEntries(NEEDED.map((path) => [`snapshots/${mirror.commit}/${path}`, of(path)])),
      "refs/main": 40,
    });
    expect(await readFile(join(home.model, "refs", "main"), "utf8")).toBe(mirror.commit);
    expect(mirror.etagOf("unet/config.json")).toHaveLength(40);
    expect(mirror.etagOf("unet/diffusion_pytorch_model.safetensors")).toHaveLength(64);
  });

  test("tells its progress over all bytes, the first before any transfer and the last at the end", async () => {
    const { events } = await pull(mirror, home);
    const total = NEEDED.reduce((sum, path) => sum + pipelineFiles()[path]!.length, 0);
    const told = events.filter((event) => event.type === "download");
    expect(told[0]).toMatchObject({ id: mirror.id, bytes: 0, total });
    expect(told.at(-1)).toMatchObject({ bytes: total, total });
    expect(told.length).toBeLessThan(10);
  });

  test("may be refused by its configurations before its weights are asked for", async () => {
    const check = (files: Record<string, unknown>): void => {
      expect(files["unet/config.json"]).toMatchObject({ in_channels: 4 });
      throw new FateZeroError("model-unsupported", "This is an inpainting model.", "Use another.");
    };
    await expect(pull(mirror, home, { check })).rejects.toThrow("inpainting");
    expect(fetched().some((path) => path.endsWith(".safetensors"))).toBe(false);
    expect(await treeOf(join(home.model, "refs"))).toEqual({});
  });

  test("comes in the variant that is asked for, where there is one", async () => {
    const { files, events } = await pull(mirror, home, { variant: "fp16" });
    expect(files).toContain("unet/diffusion_pytorch_model.fp16.safetensors");
    expect(fetched()).not.toContain("unet/diffusion_pytorch_model.safetensors");
    expect(events.filter(({ type }) => type === "warning")).toEqual([
      {
        type: "warning",
        code: "hub-no-variant",
        message: '"town/tiny" has no fp16 weights for vae, text_encoder: the full ones are taken.',
      },
    ]);
  });

  test("can be a VAE alone", async () => {
    const whole = pipelineFiles();
    mirror.push({
      "config.json": whole["vae/config.json"]!,
      "diffusion_pytorch_model.safetensors": whole["vae/diffusion_pytorch_model.safetensors"]!,
      "diffusion_pytorch_model.bin": whole["unet/diffusion_pytorch_model.bin"]!,
    });
    const { files } = await pull(mirror, home, { kind: "vae" });
    expect(files).toEqual(["config.json", "diffusion_pytorch_model.safetensors"]);
  });

  test("gives its files instead of links where those are not wanted", async () => {
    const plain = await homeFor(mirror, { HF_HUB_DISABLE_SYMLINKS: "1" });
    await pull(mirror, plain);
    const tree = await treeOf(plain.model);
    expect(tree[`snapshots/${mirror.commit}/unet/diffusion_pytorch_model.safetensors`]).toBe(50_000);
    const before = fetched().length;
    await pull(mirror, plain);
    expect(fetched()).toHaveLength(before);
  });
});

describe("a model that the cache has", () => {
  test("costs one question for its current commit", async () => {
    await pull(mirror, home);
    mirror.log.length = 0;
    const { events } = await pull(mirror, home);
    expect(mirror.log.map(({ path }) => path)).toEqual([`/api/models/${mirror.id}/revision/main`]);
    expect(events).toEqual([]);
  });

  test("by its commit costs none", async () => {
    await pull(mirror, home);
    mirror.log.length = 0;
    const { folder } = await pull(mirror, home, { revision: mirror.commit });
    expect(folder).toContain(mirror.commit);
    expect(mirror.log).toEqual([]);
  });

  test("by its commit is taken without a network, though it has another variant than is asked for", async () => {
    const { commit } = await pull(mirror, home, { variant: "fp16" });
    await mirror.close();
    const again = await pull(mirror, home, { variant: "fp16", revision: commit });
    expect(again.commit).toBe(commit);
    expect(again.events).toMatchObject([
      { code: "hub-from-cache", message: expect.stringContaining("The model is taken from the cache.") },
    ]);
  });

  test("is taken offline, without a question", async () => {
    await pull(mirror, home);
    mirror.log.length = 0;
    const offline = await homeFor(mirror, { HF_HOME: home.folder, HF_HUB_OFFLINE: "1" });
    const { commit, events } = await pull(mirror, offline);
    expect(commit).toBe(mirror.commit);
    expect([mirror.log, events]).toEqual([[], []]);
  });

  test.each([
    ["nobody answers", "cannot be reached", async () => mirror.close()],
    ["it was removed from the hub", "There is no model", async () => push404()],
  ])("is taken with a warning when %s", async (_, message, go) => {
    const { commit } = await pull(mirror, home);
    await go();
    const again = await pull(mirror, home);
    expect(again.commit).toBe(commit);
    expect(again.events).toEqual([
      { type: "warning", code: "hub-from-cache", message: expect.stringContaining(message) },
    ]);
  });
  const push404 = (): void =>
    mirror.fault(/revision/, { type: "status", status: 404, headers: { "x-error-code": "RepoNotFound" } });

  test("at an older commit gets what has changed, and shares the rest", async () => {
    const first = await pull(mirror, home);
    mirror.log.length = 0;
    mirror.push({ ...pipelineFiles(), "unet/config.json": Buffer.from('{"in_channels":4,"new":true}') });
    const second = await pull(mirror, home);
    expect(fetched()).toEqual(["unet/config.json"]);
    expect(second.commit).not.toBe(first.commit);
    expect(await readFile(join(home.model, "refs", "main"), "utf8")).toBe(second.commit);
    expect(await readFile(join(first.folder, "unet", "config.json"), "utf8")).not.toContain("new");
  });

  test("that lost a file gets it back", async () => {
    const { folder } = await pull(mirror, home);
    await rm(join(home.model, "blobs", mirror.etagOf("vae/diffusion_pytorch_model.safetensors")));
    mirror.log.length = 0;
    await pull(mirror, home);
    expect(fetched()).toEqual(["vae/diffusion_pytorch_model.safetensors"]);
    expect(await readFile(join(folder, "vae", "diffusion_pytorch_model.safetensors"))).toHaveLength(50_000);
  });
});

describe("a model that cannot be had", () => {
  test("is not asked for offline: what the cache has is named", async () => {
    await pull(mirror, home);
    const offline = await homeFor(mirror, { HF_HOME: home.folder, HF_HUB_OFFLINE: "true" });
    await expect(pull(mirror, offline, { id: "other/model" })).rejects.toMatchObject({
      code: "hub-offline",
      message: `"other/model" is not in ${home.cache}, and HF_HUB_OFFLINE forbids to download it. Unset HF_HUB_OFFLINE. In the cache are: town/tiny.`,
    });
  });

  test("without a network is not waited for: what the cache has is named", async () => {
    await pull(mirror, home);
    await mirror.close();
    // One wait would outlast the test.
    await expect(pull(mirror, home, { id: "other/model", backoffMs: 3_600_000 })).rejects.toMatchObject({
      code: "hub-unreachable",
      message: expect.stringMatching(
        /127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED .* In the cache are: town\/tiny\.$/,
      ),
    });
  });

  test.each<[string, (files: Record<string, Uint8Array>) => void, RegExp]>([
    [
      "has single files only",
      (files) => {
        for (const path of Object.keys(files))
          if (path.includes("/") || path === "model_index.json") delete files[path];
      },
      /^"town\/tiny" is not laid out as diffusers models are: it lacks unet\/config\.json.* It has single files: v1-5-pruned-emaonly\.ckpt\. Download the one you want, e\.g\. http.*\/town\/tiny\/resolve\/main\/v1-5-pruned-emaonly\.ckpt, and give its path\.$/,
    ],
    [
      "lacks a part",
      (files) => {
        delete files["vae/diffusion_pytorch_model.safetensors"];
      },
      /^"town\/tiny" is not complete: it lacks weights vae\/diffusion_pytorch_model\.safetensors\. /,
    ],
  ])("since it %s", async (_, change, message) => {
    const files = pipelineFiles();
    change(files);
    mirror.push(files);
    await expect(pull(mirror, home)).rejects.toMatchObject({
      code: "hub-layout",
      message: expect.stringMatching(message),
    });
    expect(await treeOf(home.model)).toEqual({});
  });

  test("since the cache is a file", async () => {
    await writeFile(home.cache, "");
    await expect(pull(mirror, home)).rejects.toMatchObject({
      code: "hub-cache",
      message: expect.stringMatching(
        /^The model cache .*hub cannot be used: .* set HF_HOME to another folder\.$/,
      ),
    });
  });

  test("since the disk is too small: nothing is begun", async () => {
    mirror.claimSize("unet/diffusion_pytorch_model.safetensors", 1e15);
    await expect(pull(mirror, home)).rejects.toMatchObject({
      code: "no-space",
      message: expect.stringMatching(
        /^"town\/tiny" takes 1000000\.\d GB more \(\d+ bytes\) in .*, where [\d.]+ [GMk]B \(\d+ bytes\) are free\. Free some space/,
      ),
    });
    expect(await treeOf(home.model)).toEqual({});
  });

  test.skipIf(!canMount())("since the disk becomes full: what has come stays", async () => {
    mirror.push(pipelineFiles(300_000));
    await mkdir(home.cache);
    await onSmallDisk(home.cache, 1_200_000, async () => {
      const filler = join(home.cache, "filler");
      // Told first when the room has been looked at: another program takes it then.
      const onEvent = ({ type }: HubEvent): void => {
        if (type === "download" && !existsSync(filler)) writeFileSync(filler, new Uint8Array(700_000));
      };
      await expect(pull(mirror, home, { onEvent })).rejects.toMatchObject({
        code: "no-space",
        message: expect.stringContaining("what has come already is kept"),
      });
      const tree = await treeOf(home.model);
      expect(tree[`blobs/${mirror.etagOf("unet/config.json")}`]).toBeGreaterThan(0);
      expect(Object.keys(tree).filter((path) => path.endsWith(".incomplete"))).toHaveLength(1);
      expect(tree).not.toHaveProperty(["refs/main"]);
      await rm(filler);
      await pull(mirror, home);
    });
  });
});

describe("a fetch of the caller's own", () => {
  test("carries every request, whatever the endpoint's name leads to", async () => {
    const asked: string[] = [];
    const own: typeof fetch = (input, init) => {
      asked.push(String(input));
      return fetch(String(input).replace("http://hub.invalid", mirror.endpoint), init);
    };
    const env = { ...home.env, HF_ENDPOINT: "http://hub.invalid" };
    await expect(pull(mirror, { ...home, env })).rejects.toMatchObject({ code: "hub-unreachable" });
    const { files } = await pull(mirror, { ...home, env }, { fetch: own });
    expect([...files].sort()).toEqual(NEEDED);
    expect(asked).toHaveLength(mirror.log.length);
  });
});
