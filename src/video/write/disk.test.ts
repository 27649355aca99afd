import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noiseFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { checkOutput, writeVideo } from "../index.node.ts";

let dir: string;
/** Mounted while these tests run: a disk of 64 kB and one that cannot be written; only root may. */
let disks: string[] = [];
const frames = Array.from({ length: 12 }, (_, i) => noiseFrame(i, 128, 96));

const mount = (where: string, options: string) =>
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", where], { stdio: "ignore" });

function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

describe.skipIf(!canMount())("a disk", () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "fatezero-disk-"));
    for (const [name, options] of [
      ["small", "size=64k"],
      ["sealed", "ro"],
    ] as const) {
      await mkdir(join(dir, name));
      mount(join(dir, name), options);
      disks = [...disks, join(dir, name)];
    }
  });
  afterAll(async () => {
    for (const disk of disks) execFileSync("umount", [disk]);
    await rm(dir, { recursive: true });
  });

  it.each(["a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif", "a.webp", "frames/", "deep/er/a.mp4"])(
    "that is full: %s leaves what was there and nothing else",
    async (name) => {
      const small = join(dir, "small");
      await writeFile(join(small, "a.mp4"), "old");
      await expect(writeVideo(join(small, name), frames, { fps: 8 })).rejects.toMatchObject({
        code: "no-space",
        message: `"${join(small, name)}" could not be written: there is no space left. Nothing was changed. Free some space or choose another disk.`,
      });
      expect(await readFile(join(small, "a.mp4"), "utf8")).toBe("old");
      await rm(join(small, "deep"), { recursive: true, force: true });
      expect(await readdir(small)).toEqual(["a.mp4"]);
    },
  );

  it.each(["a.png", "a.jpg", "a.webp"])("that is full: the image %s", async (name) => {
    const small = join(dir, "small");
    const large = noiseFrame(1, 512, 512);
    await expect(writeVideo(join(small, name), [large], { fps: 8 })).rejects.toMatchObject({
      code: "no-space",
    });
    expect(await readdir(small)).toEqual(["a.mp4"]);
  });

  it.each(["a.mp4", "a.gif", "frames/", "new/a.png"])("that is read-only: %s", async (name) => {
    const path = join(dir, "sealed", name);
    await expect(checkOutput(path)).rejects.toMatchObject({ code: "output-not-writable" });
    await expect(writeVideo(path, frames.slice(0, 1), { fps: 8 })).rejects.toThrow(
      /is not a folder that this user may write to/,
    );
  });
});
