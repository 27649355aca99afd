import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkNames, checkRoom, freeBytes, temporarySibling, writeSafetensors } from "./index.node.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-place-"));
afterAll(() => rm(folder, { recursive: true }));
/** A name of so many bytes. */
const named = (bytes: number, letter = "x"): string =>
  letter
    .repeat(bytes)
    .slice(0, bytes - 4)
    .concat(".mp4");

describe("a name", () => {
  it.each([
    ["of 240 bytes", named(240)],
    ["of 255 bytes", named(255)],
    ["of 255 bytes in letters of three", `${"猫".repeat(83)}xx.mp4`],
    ["in folders that are not there yet", join("a".repeat(255), "b".repeat(255), named(255))],
  ])("%s is taken where the file system takes it", async (_, name) => {
    await checkNames(join(folder, name));
    await mkdir(join(folder, name), { recursive: true });
    const temporary = temporarySibling(join(folder, name));
    await writeFile(temporary, "");
    await rm(temporary);
    await rm(join(folder, name.split("/")[0]!), { recursive: true });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ["of 256 bytes", named(256), "has 256 bytes, and the file system takes 255 at most"],
    ["of few letters in many bytes", `${"猫".repeat(86)}.mp4`, "has 262 bytes"],
    ["of a folder that is not there yet", join("deep", "x".repeat(300), "out.mp4"), "has 300 bytes"],
    [
      "at the end of a path without room",
      join(...Array.from({ length: 40 }, () => "d".repeat(100)), "x.mp4"),
      "its path needs",
    ],
  ])("%s is refused with the figures", async (_, name, said) => {
    const length = "x".repeat(Math.max(0, 4080 - Buffer.byteLength(join(folder, name))));
    const path = said.startsWith("its path")
      ? join(folder, name.replace("d/", `d/${length.slice(0, 90)}/`))
      : join(folder, name);
    await expect(checkNames(path)).rejects.toMatchObject({
      code: "output-name",
      message: expect.stringContaining(said),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("counts what a folder will hold", async () => {
    const parts = Array.from({ length: 40 }, () => "d".repeat(100));
    const path = join(folder, ...parts).slice(0, 4050);
    await checkNames(path);
    await expect(checkNames(path, 60)).rejects.toMatchObject({ code: "output-name" });
  });
});

it("a tensor file of a name of 255 bytes is written", async () => {
  const file = join(folder, `${"x".repeat(243)}.safetensors`);
  await writeSafetensors(file, {});
  expect(await readdir(folder)).toHaveLength(1);
  await rm(file);
});

it("room is asked of the disk that the output will be on", async () => {
  const free = (await freeBytes(folder))!;
  expect(free).toBeGreaterThan(0);
  await checkRoom(join(folder, "deep", "x.mp4"), 1);
  await expect(checkRoom(join(folder, "deep", "x.mp4"), 1e18)).rejects.toMatchObject({ code: "no-space" });
});
