/** The same frames give the same bytes: on any number of processors, at any time, again and again. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const sound = (name: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../../test/fixtures/video/sound/${name}`, import.meta.url)));

/** Writes every kind of result into a folder; high enough for an encoder to share pictures out among threads. */
const writeAll = (dir: string): string => `
  const { readVideo, writeVideo } = await import(${module("../index.node.ts")});
  const { noiseFrame, toyFrames } = await import(${module("../../../test/fixtures/video/toy-clip.ts")});
  const dir = ${JSON.stringify(`${dir}/`)};
  const frames = [...toyFrames(5, 128, 256), ...[1, 2, 3, 4, 5].map((seed) => noiseFrame(seed, 128, 256))];
  const metadata = { prompt: "a blue car" };
  for (const kind of ["mp4", "mov", "mkv", "webm", "gif", "webp", "apng"])
    await writeVideo(dir + "a." + kind, frames, { fps: 8, metadata });
  for (const kind of ["png", "jpg", "webp"])
    await writeVideo(dir + "one." + kind, frames.slice(7, 8), { fps: 8, metadata });
  await writeVideo(dir + "folder/", frames.slice(4, 7), { fps: 8, metadata });
  for (const [kind, source] of [["mp4", ${sound("opus.mkv")}], ["mov", ${sound("opus.mkv")}], ["webm", ${sound("aac.mp4")}], ["mkv", ${sound("pcm-s16.mov")}]]) {
    const clip = await readVideo(source);
    await writeVideo(dir + "sound." + kind, clip.frames, { like: clip, audio: "copy", metadata });
  }
`;

/** What a process of its own writes, file by file as hashes; `prefix` starts it. */
async function written(dir: string, prefix: readonly string[], before = ""): Promise<Map<string, string>> {
  await mkdir(dir);
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", before + writeAll(dir)];
  const [command, ...args] = [...prefix, ...node];
  await run(command!, args);
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const hashes = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [
        path.slice(dir.length + 1),
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
      ] as const;
    }),
  );
  return new Map(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The processors that this process may use, by number. */
async function processors(): Promise<number[]> {
  const allowed = /Cpus_allowed_list:\s*(\S+)/.exec(await readFile("/proc/self/status", "utf8"))![1]!;
  return allowed.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

describe("written files", () => {
  let dir: string;
  let usual: Map<string, string>;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "fatezero-same-"));
    usual = await written(join(dir, "usual"), []);
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
  });

  it("are all there", () => {
    expect([...usual.keys()]).toHaveLength(7 + 3 + 3 + 4);
  });

  it.runIf(process.platform === "linux")("are the same on one processor and on several", async () => {
    const [first] = await processors();
    expect(await written(join(dir, "one"), ["taskset", "-c", `${first}`])).toEqual(usual);
  });

  it("are the same at another time", async () => {
    const later = `
      const Now = Date;
      globalThis.Date = class extends Now {
        constructor(...given) { super(...(given.length > 0 ? given : [Now.now() + 1e11])); }
        static now() { return Now.now() + 1e11; }
      };
    `;
    expect(await written(join(dir, "later"), [], later)).toEqual(usual);
  });

  it("were coded by one thread, which no machine with more processors changes", async () => {
    for (const name of ["a.mp4", "a.mov", "a.mkv"])
      expect(await readFile(join(dir, "usual", name), "latin1")).toMatch(/ threads=1 lookahead_threads=1 /);
  });
});
