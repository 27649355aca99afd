/** Options that change how an edit is computed reach what computes it, and stand in what is said of the result. */
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { inWords } from "../../src/say.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

/** The memory modes in which graphs were opened: the engine's process is the real one, and listened to. */
const modes = vi.hoisted(() => new Set<string>());
/** Frames that the UNet was given in each of its runs. */
const framesAtOnce = vi.hoisted((): number[] => []);
vi.mock("../../src/runtime/process.node.ts", async (original) => {
  const real = await original<typeof import("../../src/runtime/process.node.ts")>();
  return {
    ...real,
    startProcess: (...how: Parameters<typeof real.startProcess>) => {
      const child = real.startProcess(...how);
      const ask: typeof child.ask = (request, signal) => {
        if (request.kind === "open") modes.add(request.memory);
        // Only the UNet's latents have an axis of frames: [branches, frames, …].
        const shape = request.kind === "run" ? request.feeds.latents?.shape : undefined;
        if (shape?.length === 5) framesAtOnce.push(shape[1]!);
        return child.ask(request, signal);
      };
      return { ...child, ask };
    },
  };
});
beforeEach(() => {
  modes.clear();
  framesAtOnce.length = 0;
});

const folder = await workFolder();
// Latents of 42x28: the finest layers have 1176 positions.
const clip = await toyClip(folder, 1, 192, 128);
const base = [clip, "-s", SOURCE, "-t", TARGET, "--steps", "1", "--size", "224", "--no-resume"];

async function edited(name: string, ...options: readonly string[]) {
  return editedOf(base, name, ...options);
}

async function editedOf(given: readonly string[], name: string, ...options: readonly string[]) {
  const out = `${join(folder, name)}/`;
  const request = await parseEdit([...given, "-o", out, ...options]);
  const events = await inProcess(async (watched) => {
    await editJob(request, watched.session);
    return watched.events;
  });
  const { frames } = await readVideo(out);
  return { data: frames.map((frame) => frame.data), events };
}

/** Peak signal-to-noise ratio of two clips in dB. */
function psnr(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  const [x, y] = [a, b].map((clip) => clip.flatMap((frame) => Array.from(frame))) as [number[], number[]];
  const error = x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / x.length;
  return 10 * Math.log10(255 ** 2 / error);
}

const argumentsIn = (events: readonly JobEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === "settings" ? event.arguments : []));
const plan = (events: readonly JobEvent[]): string =>
  events.flatMap((event) => (event.type === "plan" ? [inWords(event.explanation)] : []))[0]!;

describe("of an edit", async () => {
  const plain = await edited("plain");
  const usual = [...modes];

  test("nothing of it stands where nothing was asked for", () => {
    expect(argumentsIn(plain.events).join(" ")).not.toMatch(/--fuse|--low-memory|--align|--precision/);
    expect(plan(plain.events)).toMatch(/^Replace/);
  });

  test("--fuse-all-layers fuses the large layers too", async () => {
    const { data, events } = await edited("all", "--fuse-all-layers");
    expect(data).not.toEqual(plain.data);
    expect(argumentsIn(events)).toContain("--fuse-all-layers");
  });

  test("--fuse-all-layers is refused where no layer is large, or none is fused", async () => {
    await expect(edited("no", "--fuse-all-layers", "--size", "128")).rejects.toThrow(
      "fuseLayers would have no effect: at 192x128 pixels every layer is fused already.",
    );
    const none = ["--self-steps", "0", "--cross-steps", "0"];
    await expect(edited("no", "--fuse-all-layers", ...none)).rejects.toThrow("no step is fused");
  });

  test("--low-memory opens graphs in that mode", async () => {
    expect(usual).toEqual(["fast"]);
    const { events } = await edited("low", "--low-memory");
    expect([...modes]).toEqual(["lowMemory"]);
    expect(argumentsIn(events)).toContain("--low-memory");
  });

  test("--precision fp16 computes in half precision, of which the result and its settings tell", async () => {
    const { data, events } = await edited("half", "--device", "cpu", "--precision", "fp16");
    expect(data).not.toEqual(plain.data);
    expect(psnr(data, plain.data)).toBeGreaterThan(35);
    expect(argumentsIn(events).join(" ")).toContain("--precision fp16");
    const text = expect.stringMatching(/^cpu, fp16/);
    expect(events).toContainEqual({ type: "fact", name: "device", text });
  });

  test("--guidance-steps guides a part of the steps, and is refused where it would do nothing", async () => {
    const steps = ["--steps", "2", "--guidance-steps"];
    const { data, events } = await edited("guided", ...steps, "0.5-1");
    const { data: all } = await edited("guided-all", ...steps, "1");
    expect(data).not.toEqual(all);
    expect(plan(events)).toContain("Guidance in step 2 of 2");
    expect(argumentsIn(events).join(" ")).toContain("--guidance-steps 0.5-1");
    await expect(edited("no", ...steps, "0.5", "--guidance", "1")).rejects.toThrow(
      "guidanceSteps would have no effect: there is no guidance at 1.",
    );
    await expect(edited("no", ...steps, "0.5", "--method", "sdedit")).rejects.toThrow(
      "guidanceSteps would have no effect with method sdedit",
    );
  });

  test("--reuse-deep runs the whole UNet in some steps only", async () => {
    const { data, events } = await edited("reuse", "--steps", "2", "--reuse-deep", "2");
    expect(data).not.toEqual((await edited("no-reuse", "--steps", "2")).data);
    expect(plan(events)).toContain("One of 2 steps runs the whole UNet");
    expect(argumentsIn(events).join(" ")).toContain("--reuse-deep 2");
  });

  test("--align chooses how words are found, and changes the result", async () => {
    const { data, events } = await edited("refine", "--align", "refine");
    expect(plan(events)).toMatch(/^Refine/);
    expect(data).not.toEqual(plain.data);
    expect(argumentsIn(events).join(" ")).toContain("--align refine");
  });
});

test("a config has them all", async () => {
  const options = ["-o", "x.mp4", "--fuse-all-layers", "--low-memory", "--align", "refine"];
  options.push("--guidance-steps", "0-0.5", "--reuse-deep", "3", "--steps", "8");
  const request = await parseEdit([...base, ...options]);
  const config = await inProcess(({ session }) => printConfig(request, session));
  for (const line of [
    "fuse_layers: all",
    "low_memory: true",
    "is_replace_controller: false",
    "guidance_steps: [0, 0.5]",
    "reuse_deep: 3",
  ])
    expect(config).toContain(line);
});

describe("--chunk", async () => {
  const long = await toyClip(await workFolder(), 5, 64, 64);
  const run = (name: string, ...options: readonly string[]) =>
    editedOf([long, ...base.slice(1)], name, "--size", "64", "--guidance", "1", ...options);

  test("computes as many frames at a time, and the result is the same", async () => {
    const whole = await run("whole");
    expect(new Set(framesAtOnce)).toEqual(new Set([5]));
    framesAtOnce.length = 0;
    const { data, events } = await run("chunks", "--chunk", "2");
    // The first two and the last two carry the middle one along, which is a chunk by itself.
    expect(framesAtOnce.slice(0, 3).toSorted()).toEqual([1, 3, 3]);
    expect(Math.max(...framesAtOnce)).toBe(3);
    expect(data).toEqual(whole.data);
    expect(argumentsIn(events)).not.toContain("--chunk");
  });

  test("is refused where all frames are computed at once, and where it is no count", async () => {
    await expect(run("compat", "--chunk", "2", "--compat", "fatezero")).rejects.toThrow(
      "chunk would have no effect, as statistics are over the clip, as in the released code: all frames are computed at once.",
    );
    await expect(run("none", "--chunk", "0")).rejects.toThrow("It must be a whole number of frames, 1 to");
  });
});
