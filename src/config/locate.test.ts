import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { locate } from "./locate.node.ts";

let root: string;
let before: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "fatezero locate-")));
  before = process.cwd();
  for (const folder of [
    "here/data/a",
    "project/data/b",
    "project/config/deep/er/own",
    "project/config/deep/er/more/still",
  ])
    await mkdir(join(root, folder), { recursive: true });
});
afterAll(() => rm(root, { recursive: true }));

const config = (...parts: string[]): string => join(root, "project/config", ...parts, "x.yaml");

test("looks from the current folder first, then at the config and three folders above it", async () => {
  const far = await locate("data/b", config("deep", "er"));
  expect(far).toEqual({ found: true, path: join(root, "project/data/b") });
  expect(await locate("own", config("deep", "er"))).toMatchObject({ found: true });
  expect(await locate("./data/b", config("deep", "er", "more"))).toEqual({
    found: false,
    looked: [
      join(before, "data/b"),
      ...["deep/er/more", "deep/er", "deep", ""].map((level) =>
        join(root, "project/config", level, "data/b"),
      ),
    ],
  });
});

test("leaves what is found from the current folder as it is written, and absolute paths", async () => {
  expect(await locate("./src/config", "x.yaml")).toEqual({ found: true, path: "./src/config" });
  const path = join(root, "here");
  expect(await locate(path, "x.yaml")).toEqual({ found: true, path });
  expect(await locate(join(root, "none"), "x.yaml")).toEqual({ found: false, looked: [join(root, "none")] });
});
