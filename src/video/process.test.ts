import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const index = JSON.stringify(new URL("./index.node.ts", import.meta.url).href);
const alphaClip = JSON.stringify(
  fileURLToPath(new URL("../../test/fixtures/video/clips/alpha.webm", import.meta.url)),
);

/** Runs a TypeScript module of its own process, which must end by itself. */
async function run(code: string) {
  const args = ["--import", "tsx", "--input-type=module", "--eval", code];
  return await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
}

describe("a process that uses video/", () => {
  it("loads no codecs and no image library by importing it", async () => {
    const { stdout } = await run(`
      await import(${index});
      const loaded = process.report.getReport().sharedObjects;
      console.log(loaded.filter((name) => /node-av|sharp|vips/.test(name)).length);
    `);
    expect(stdout.trim()).toBe("0");
  });

  it("ends by itself and says nothing on stderr after reading and writing", async () => {
    const dir = await mkdtemp(join(tmpdir(), "fatezero-process-"));
    try {
      const { stdout, stderr } = await run(`
        import { join } from "node:path";
        const { probeVideo, readMetadata, readVideo, writeVideo } = await import(${index});
        const dir = ${JSON.stringify(dir)};
        const frame = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(99) };
        await writeVideo(join(dir, "a.mp4"), Array(20).fill(frame), { fps: 8 });
        await writeVideo(join(dir, "a/"), Array(3).fill(frame), { fps: 8 });
        for (const name of ["a.webm", "a.gif", "a.webp"]) {
          await writeVideo(join(dir, name), Array(3).fill(frame), { fps: 8, metadata: { a: "b" } });
          await readMetadata(join(dir, name));
        }
        await readVideo(${alphaClip});
        const video = await readVideo(join(dir, "a.mp4"), { start: 2, frames: 3, stride: 2 });
        await readVideo(join(dir, "a.mp4"), { frames: 99 }).catch(() => {});
        await probeVideo(join(dir, "a.mp4"));
        console.log(video.frames.length, (await readVideo(join(dir, "a"))).frames.length);
      `);
      expect(stderr).toBe("");
      expect(stdout.trim()).toBe("3 3");
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
