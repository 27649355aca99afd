import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobState } from "../resume/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { createFolderStore, type FolderStore } from "./folder-store.ts";

let folder: string;
let store: FolderStore;
const open = (options: { limit?: number; version?: string } = {}): FolderStore =>
  createFolderStore({ folder, limit: 1e6, version: "1", ...options });
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "fatezero-store-")), "cache");
  store = open();
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

const key = (digit: string, kind = "edit"): string => `${kind}-${digit.repeat(40)}`;
const fileOf = (name: string): string => join(folder, `${name}.safetensors`);
const state = (step: number, size = 10): JobState => ({
  step,
  steps: 9,
  title: `step ${step}`,
  tensors: {
    latents: floatTensor(
      [size],
      Float32Array.from({ length: size }, (_, i) => Math.sin(i + step)),
    ),
  },
});

describe("a folder of states", () => {
  it("gives back what was saved last, and nothing after it was removed", async () => {
    expect(await store.load(key("a"))).toBeNull();
    await store.save(key("a"), state(1));
    await store.save(key("a"), state(2));
    expect(await store.load(key("a"))).toEqual(state(2));
    expect(await open().load(key("a"))).toEqual(state(2));
    await store.remove(key("a"));
    await store.remove(key("a"));
    expect(await store.load(key("a"))).toBeNull();
    expect(await readdir(folder)).toEqual([]);
  });

  it("does not count states of another version", async () => {
    await store.save(key("a"), state(1));
    expect(await open({ version: "2" }).load(key("a"))).toBeNull();
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ["cut off", (file) => truncate(file, 200)],
    ["empty", (file) => truncate(file, 0)],
    ["something else", (file) => writeFile(file, "this is no state")],
    [
      "changed in one bit of its numbers",
      async (file) => {
        const bytes = await readFile(file);
        bytes[bytes.length - 3]! ^= 1;
        await writeFile(file, bytes);
      },
    ],
  ])(
    "refuses a state that is %s, lists it as unreadable or as it was, and replaces it",
    async (_, damage) => {
      await store.save(key("a"), state(1));
      await damage(fileOf(key("a")));
      await expect(store.load(key("a"))).rejects.toMatchObject({ name: "FateZeroError" });
      expect(await store.list()).toHaveLength(1);
      await store.save(key("a"), state(3));
      expect(await store.load(key("a"))).toEqual(state(3));
    },
  );

  it("lets the oldest go when it is full; one that was used is not old", async () => {
    for (const digit of ["a", "b", "c"]) {
      await store.save(key(digit), state(1, 1000));
      const age = { a: 300, b: 200, c: 100 }[digit]!;
      await utimes(fileOf(key(digit)), Date.now() / 1000 - age, Date.now() / 1000 - age);
    }
    await store.load(key("a"));
    await open({ limit: 14_000 }).save(key("d"), state(1, 1000));
    expect((await store.list()).map((entry) => entry.key).sort()).toEqual([key("a"), key("c"), key("d")]);
    await expect(open({ limit: 3000 }).save(key("e"), state(1, 1000))).rejects.toMatchObject({
      code: "state-too-large",
    });
    expect(await store.list()).toHaveLength(3);
  });

  it("takes away what killed processes left half written, and only when it is old", async () => {
    await mkdir(folder, { recursive: true });
    const [old, young] = ["12ab", "34cd"].map((end) => `${fileOf(key("f"))}.${end}.partial`) as [
      string,
      string,
    ];
    for (const file of [old, young]) await writeFile(file, "half");
    await utimes(old, 1, 1);
    await store.save(key("a"), state(1));
    expect((await readdir(folder)).sort()).toEqual(
      [`${key("a")}.safetensors`, young.slice(folder.length + 1)].sort(),
    );
  });

  it("clears its own files and no others", async () => {
    await store.save(key("a"), state(1));
    await store.save(key("b", "invert"), state(1));
    for (const name of ["photo.jpg", "car.safetensors", `${key("a")}.txt`])
      await writeFile(join(folder, name), "mine");
    expect((await store.clear()).files).toBe(2);
    expect((await readdir(folder)).sort()).toEqual(["car.safetensors", `${key("a")}.txt`, "photo.jpg"]);
  });

  it("is sound when several write and read the same state at once", async () => {
    await store.save(key("a"), state(0));
    const others = Array.from({ length: 4 }, () => open());
    const seen: (JobState | null)[] = [];
    await Promise.all(
      others.map(async (one, i) => {
        for (let n = 0; n < 8; n++) {
          await one.save(key("a"), state(n % 9, 1000 + i));
          seen.push(await one.load(key("a")));
        }
      }),
    );
    expect(seen).toHaveLength(32);
    for (const found of seen) expect(found).toEqual(state(found!.step, found!.tensors.latents!.data.length));
    expect(await readdir(folder)).toEqual([`${key("a")}.safetensors`]);
  });

  it("says that it cannot be made", async () => {
    await writeFile(folder, "a file");
    await expect(store.save(key("a"), state(1))).rejects.toMatchObject({ code: "output-not-writable" });
    expect(await store.list()).toEqual([]);
  });
});
