/** Several processes that write one file or folder at once, and processes that are killed amid it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { createFolderStore } from "../../src/job/folder-store.ts";
import { loadInversion } from "../../src/job/inversion-file.ts";
import { readVideo, writeVideo } from "../../src/video/index.node.ts";
import { namesIn, workFolder } from "../cli/run-cli.ts";
import { toyFrames } from "../fixtures/video/toy-clip.ts";
import { builtProgram } from "../support/built.ts";

const built = await builtProgram();
const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const module = (name: string): string => JSON.stringify(pathToFileURL(join(built, name)).href);

interface Writer {
  readonly child: ChildProcess;
  /** What it printed on both outputs. */
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
  said(text: string): Promise<void>;
}

/** A process that waits for a line, then runs `code`; `seed` is a number of its own. */
function writer(code: string, seed: number): Writer {
  const program = `
    import { mkdir } from "node:fs/promises";
    import { createFolderStore, saveInversion, writeVideo } from ${module("index.js")};
    import { writeMapsFolder } from ${module("job/maps-folder.js")};
    const seed = ${seed};
    const frames = Array.from({ length: 6 }, () => ({ width: 32, height: 16, data: new Uint8Array(1536).fill(40 * seed) }));
    console.log("ready");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    process.stdin.destroy();
    ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "pipe" });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on("close", (exit) => resolve({ code: exit, text })),
  );
  const said = async (what: string): Promise<void> => {
    while (!text.includes(what)) {
      if (child.exitCode !== null) throw new Error(`It ended without "${what}": ${text}`);
      await sleep(20);
    }
  };
  return { child, ended, said };
}

/** Six of them at once. */
async function sixOf(code: string): Promise<void> {
  const writers = Array.from({ length: 6 }, (_, seed) => writer(code, seed));
  for (const { said } of writers) await said("ready");
  for (const { child } of writers) child.stdin!.write("go\n");
  for (const { ended } of writers) expect(await ended).toEqual({ code: 0, text: "ready\n" });
}

describe("six processes at once", () => {
  test("write one folder of frames: it is whole and of one of them", async () => {
    await mkdir(at("folder"));
    const out = JSON.stringify(`${at("folder", "deep", "frames")}/`);
    await sixOf(`for (let i = 0; i < 12; i++) await writeVideo(${out}, frames, { fps: 8 });`);
    expect(await namesIn(at("folder", "deep"))).toEqual(["frames"]);
    const { frames } = await readVideo(at("folder", "deep", "frames"));
    expect(frames).toHaveLength(6);
    expect(new Set(frames.flatMap(({ data }) => [...data])).size).toBe(1);
  });

  test("write one video and one picture", async () => {
    await mkdir(at("files"));
    const [video, picture] = ["x.mp4", "x.png"].map((name) => JSON.stringify(at("files", name)));
    await sixOf(
      `for (let i = 0; i < 4; i++) {
        await writeVideo(${video}, frames, { fps: 8 });
        await writeVideo(${picture}, frames.slice(1, 2), { fps: 8 });
      }`,
    );
    expect(await namesIn(at("files"))).toEqual(["x.mp4", "x.png"]);
    const { frames } = await readVideo(at("files", "x.mp4"));
    expect(frames).toHaveLength(6);
  });

  test("write one folder of maps", async () => {
    await mkdir(at("maps"));
    await sixOf(
      `const pictures = () => ["overview.png", "01-car.png"].map((name) => ({ name, picture: frames[0] }));
      const options = { signal: new AbortController().signal, metadata: { seed: String(seed) } };
      for (let i = 0; i < 12; i++) await writeMapsFolder(${JSON.stringify(at("maps", "words"))}, pictures(), options);`,
    );
    expect(await namesIn(at("maps"))).toEqual(["words"]);
    expect(await namesIn(at("maps", "words"))).toEqual(["01-car.png", "overview.png"]);
    const [a, b] = await Promise.all(
      ["01-car.png", "overview.png"].map((name) => readFile(at("maps", "words", name))),
    );
    expect(a!.equals(b!)).toBe(true);
  });

  test("write one inversion and one state of a store that is full", async () => {
    await mkdir(at("stores"));
    const key = `edit-${"0".repeat(40)}`;
    await sixOf(
      `const latents = { dtype: "float32", shape: [2, 1, 4, 64, 64], data: new Float32Array(32768).fill(seed) };
      const inversion = { prompt: "a", ids: [1], steps: 1, fps: 8, size: { width: 512, height: 512 },
        settings: { attend: { frames: [0], leastChannels: 0 }, groupNorm: "frame", compat: null },
        model: { name: "tinytown", fingerprint: "x" }, latents, wordMaps: { data: new Uint16Array(0), height: 0, width: 0, tokens: 0 } };
      const store = createFolderStore({ folder: ${JSON.stringify(at("stores", "store"))}, limit: 300000, version: "1" });
      for (let i = 0; i < 12; i++) {
        await saveInversion(${JSON.stringify(at("stores", "x.safetensors"))}, inversion);
        await store.save("${key}", { step: 1, steps: 2, title: "", tensors: { latents } });
        await store.save("edit-" + String(seed).repeat(40), { step: 1, steps: 2, title: "", tensors: { latents } });
        await store.load("${key}");
        await store.remove("edit-" + String(seed).repeat(40));
      }`,
    );
    expect(await namesIn(at("stores"))).toEqual(["store", "x.safetensors"]);
    const { latents } = await loadInversion(at("stores", "x.safetensors"));
    expect(new Set(latents.data).size).toBe(1);
    expect((await readdir(at("stores", "store"))).filter((name) => !name.endsWith(".safetensors"))).toEqual(
      [],
    );
    const store = createFolderStore({ folder: at("stores", "store"), limit: 1e6, version: "1" });
    for (const { state } of await store.list()) expect(state).not.toBeNull();
  });
});

test.skipIf(process.platform === "win32")(
  "what a killed process left is removed by the next, and nothing else",
  async () => {
    await mkdir(at("killed"));
    const stuck = (name: string): string =>
      `await writeVideo(${JSON.stringify(`${at("killed", name)}/`)}, (async function* () {
      yield* frames;
      console.log("amid");
      await new Promise(() => setInterval(() => {}, 1000));
    })(), { fps: 8 });`;
    const [killed, living] = [writer(stuck("a"), 1), writer(stuck("b"), 2)];
    for (const { child, said } of [killed, living]) {
      await said("ready");
      child.stdin!.write("go\n");
      await said("amid");
    }
    killed.child.kill("SIGKILL");
    await killed.ended;
    const before = await namesIn(at("killed"));
    expect(before).toHaveLength(2);
    await writeVideo(at("killed", "next.png"), toyFrames(1), { fps: 8 });
    const after = await namesIn(at("killed"));
    expect(after).toEqual([expect.stringMatching(/^\.fatezero\.[0-9a-f]+\.tmp$/), "next.png"]);
    expect(await readdir(at("killed", after[0]!))).toHaveLength(6);
    living.child.kill("SIGKILL");
    await living.ended;
    await writeVideo(at("killed", "next.mp4"), toyFrames(2), { fps: 8 });
    expect(await namesIn(at("killed"))).toEqual(["next.mp4", "next.png"]);
  },
);
