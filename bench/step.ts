/**
 * One fused step of this checkout against the same step of another, in turns: medians, and what share of the other's time
 * ours is. bench/NOTES.md has what was measured so.
 *
 *     git worktree add --detach ../before REVISION && ln -s "$PWD/node_modules" ../before/node_modules
 *     npm run bench:step -- --against ../before
 *     npm run bench:step -- --against ../before --case sd --turns 5
 *     npm run bench:step -- --against . --keep-source
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { noise } from "../test/reference/noise.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { printTable } from "./clip.ts";

const HERE = fileURLToPath(new URL("..", import.meta.url));

const TIMESTEP = 501;

/** What is computed, guided and with masked self-attention. */
interface Case {
  readonly title: string;
  readonly frames: number;
  /** Side of the latents. */
  readonly side: number;
  model(folder: string): Promise<string>;
}

const CASES: Readonly<Record<string, Case>> = {
  tinytown: {
    title: "tinytown, 16 frames of 128×128",
    ...{ frames: 16, side: 16 },
    model: async () => join(HERE, "models/tinytown"),
  },
  "tinytown-fine": {
    title: "tinytown, 2 frames of 512×512 (the finest layers are not fused)",
    ...{ frames: 2, side: 64 },
    model: async () => join(HERE, "models/tinytown"),
  },
  sd: {
    title: "random weights of Stable Diffusion 1.4's size, 1 frame of 512×512",
    ...{ frames: 1, side: 64 },
    async model(folder) {
      await writeRandomCheckpoint(join(folder, "sd"), SD1);
      return join(folder, "sd");
    },
  },
};

/** Opens the step of a checkout, with what is kept of the source or without. Returns what runs it once. */
async function stepOf(root: string, folder: string, { frames, side }: Case, keepsSource: boolean) {
  const from = <T>(path: string): Promise<T> => import(pathToFileURL(join(root, path)).href);
  const { loadModel } = await from<typeof import("../src/pipeline/index.node.ts")>(
    "src/pipeline/index.node.ts",
  );
  const { createDenoiser, planSites, resolveMethod } =
    await from<typeof import("../src/pipeline/index.ts")>("src/pipeline/index.ts");
  const { denoiseFused } = await from<typeof import("../src/edit/fused-branches.ts")>(
    "src/edit/fused-branches.ts",
  );
  const model = await loadModel(folder);
  const method = resolveMethod(model, {});
  const sites = planSites(model, method.compat, side, side);
  const denoiser = createDenoiser(model, method, sites, { records: keepsSource });
  const length = model.tokenizer.maxLength;
  const branch = (seed: number) => ({
    latents: noise([frames, model.unet.inChannels, side, side], seed),
    text: noise([length, model.unet.textWidth], seed + 10),
  });
  const [source, unconditional, edit] = [branch(1), branch(2), branch(3)];
  const masks = new Map(
    sites.fusedLevels.map((level) => {
      const mask = noise([frames, (side / 2 ** level) ** 2], level);
      return [level, { ...mask, data: mask.data.map((value) => Number(value > 0)) }] as const;
    }),
  );
  const A = Float32Array.from({ length: length * length }, (_, i) => Number(i % (length + 1) === 0));
  const cross = { A, b: new Float32Array(length).fill(0.25) };
  const sourceStates = keepsSource ? (await denoiser.plain([source], TIMESTEP)).states : null;
  const step = { source, unconditional, edit, cross, masks, self: "masked", sourceStates } as const;
  return {
    async run() {
      const began = performance.now();
      const { predictions } = await denoiseFused(denoiser, sites, step, TIMESTEP);
      return { ms: performance.now() - began, predictions };
    },
    close: () => model.close(),
  };
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[of.length >> 1]!;

interface Race {
  readonly against: string;
  readonly keepsSource: boolean;
  readonly turns: number;
}

async function race(given: Case, { against, keepsSource, turns }: Race, folder: string) {
  const model = await given.model(folder);
  const ours = await stepOf(HERE, model, given, keepsSource);
  const other = await stepOf(against, model, given, false);
  const times: { readonly ours: number; readonly other: number }[] = [];
  // The first run of each opens its graph.
  const [a, b] = [(await other.run()).predictions, (await ours.run()).predictions];
  let apart = 0;
  for (const [i, { data }] of a.entries())
    for (const [j, value] of data.entries()) apart = Math.max(apart, Math.abs(value - b[i]!.data[j]!));
  for (let turn = 0; turn < turns; turn++) {
    const first = turn % 2 === 0 ? (await other.run()).ms : 0;
    const own = (await ours.run()).ms;
    times.push({ ours: own, other: first || (await other.run()).ms });
  }
  await ours.close();
  await other.close();
  const shares = times.map((time) => time.ours / time.other);
  printTable([
    [given.title, keepsSource ? "the source's states are kept" : ""],
    ["the other checkout, ms a step (median)", median(times.map((time) => time.other)).toFixed(0)],
    ["this one", median(times.map((time) => time.ours)).toFixed(0)],
    ["this one as a share of the other, median of the turns", median(shares).toFixed(3)],
    ["and of the fastest of each", fastest(times).toFixed(3)],
    ["predictions at most apart", apart.toExponential(1)],
  ]);
}

const fastest = (times: readonly { readonly ours: number; readonly other: number }[]): number =>
  Math.min(...times.map((time) => time.ours)) / Math.min(...times.map((time) => time.other));

const { values } = parseArgs({
  options: {
    against: { type: "string" },
    case: { type: "string", default: "tinytown" },
    "keep-source": { type: "boolean", default: false },
    turns: { type: "string", default: "15" },
  },
});
const given = CASES[values.case];
if (!values.against || !given) {
  console.error(`--against PATH names another checkout; --case is one of ${Object.keys(CASES).join(", ")}.`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), "fatezero-bench-"));
try {
  const { turns, against, "keep-source": keepsSource } = values;
  await race(given, { against: resolve(against), keepsSource, turns: Number(turns) }, folder);
} finally {
  await rm(folder, { recursive: true });
}
