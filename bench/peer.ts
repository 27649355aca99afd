/**
 * The same edit by a peer in plain PyTorch and by this program, in turns, each in a process of its own: medians of each phase,
 * and what share of the peer's time ours is. bench/NOTES.md says what a peer is and how its numbers come about.
 *
 *     npm run bench:peer -- --peer PATH/fatezero_torch.py --python VENV/bin/python
 *     npm run bench:peer -- … --case tinytown-8 --turns 1 --steps 4    # one part of it, once and short: does it work?
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { clipTokenizerFiles } from "../src/checkpoint/index.node.ts";
import { writeVideo } from "../src/index.ts";
import { resizeFrame } from "../src/video/index.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { exampleClip, printTable, SOURCE, TARGET } from "./clip.ts";

/** Seconds by phase. */
type Times = Readonly<Record<Phase, number>>;
const PHASES = ["load", "encode", "invert", "edit", "decode", "whole"] as const;
type Phase = (typeof PHASES)[number];

/** One edit that both make. */
interface Case {
  readonly title: string;
  readonly frames: number;
  readonly steps: number;
  /** Pixels of a side. */
  readonly side: number;
  /** Writes the model below a folder, where it does not come with the program. Returns its path. */
  model(folder: string): Promise<string>;
  /** Tells one UNet call of three branches beside the phases. */
  readonly perCall?: true;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What diffusers and transformers want to read in a folder beyond what this program does. */
async function writeForPython(folder: string): Promise<string> {
  const blocks = (half: string) => SD1.vae.block_out_channels.map(() => `${half}coderBlock2D`);
  const vae = {
    ...SD1.vae,
    down_block_types: blocks("DownEn"),
    up_block_types: blocks("UpDe"),
    norm_num_groups: 32,
  };
  const text = { ...SD1.text, model_type: "clip_text_model", architectures: ["CLIPTextModel"] };
  await writeRandomCheckpoint(folder, { unet: SD1.unet, vae, text });
  const { vocab, merges } = await clipTokenizerFiles("<|endoftext|>");
  await mkdir(join(folder, "tokenizer"));
  await writeFile(join(folder, "tokenizer", "vocab.json"), vocab);
  await writeFile(join(folder, "tokenizer", "merges.txt"), merges);
  return folder;
}

const tinytown = (frames: number): Case => ({
  title: `tinytown, ${frames} frames of 128×128`,
  ...{ frames, steps: 50, side: 128 },
  model: async () => here("../models/tinytown"),
});
const CASES: Readonly<Record<string, Case>> = {
  "tinytown-8": tinytown(8),
  "tinytown-16": tinytown(16),
  sd: {
    title: "random weights of Stable Diffusion 1.4's size, 1 frame of 512×512",
    ...{ frames: 1, steps: 3, side: 512, perCall: true },
    model: (folder) => writeForPython(join(folder, "sd")),
  },
};

/** Ends the bench over something that is asked for wrongly or missing. */
function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

/** Runs a program to its end. Returns what it wrote, and the seconds from its start to its end. */
function run(command: string, args: readonly string[]): Promise<{ stdout: string; whole: number }> {
  const began = performance.now();
  const env = { ...process.env, OMP_NUM_THREADS: String(availableParallelism()) };
  return new Promise((done, failed) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", failed);
    child.on("close", (code) => {
      if (code === 0) done({ stdout, whole: (performance.now() - began) / 1000 });
      else failed(new Error(`${command} ${args[0]} ended with ${code}:\n${stderr.slice(-2000)}`));
    });
  });
}

/** The size of word maps in the peer, which blends latents by them and so takes no others. */
const MAPS_OF_PEER = "size=(16, 16)";

/** The peer as it is, or where latents have another size than its word maps a copy in which these have it. */
async function peerFor(peer: string, latents: number, folder: string): Promise<string> {
  if (latents === 16) return peer;
  const script = await readFile(peer, "utf8");
  if (!script.includes(MAPS_OF_PEER))
    throw new Error(
      `"${peer}" has no word maps of "${MAPS_OF_PEER}" that could become ${latents}×${latents}.`,
    );
  const copy = join(folder, `peer-${latents}.py`);
  await writeFile(copy, script.replaceAll(MAPS_OF_PEER, `size=(${latents}, ${latents})`));
  return copy;
}

/** What both are told. */
interface Task extends Pick<Case, "frames" | "steps"> {
  readonly model: string;
  readonly clip: string;
  readonly out: string;
}

async function runPeer(
  { peer, python }: { readonly peer: string; readonly python: string },
  { model, clip, out, frames, steps }: Task,
): Promise<Times & { readonly call: number }> {
  const options = [`frames=${frames}`, `steps=${steps}`, "mask=car"];
  const { stdout, whole } = await run(python, [peer, model, clip, out, SOURCE, TARGET, ...options]);
  const told = (name: string): number => {
    const [, seconds] = new RegExp(`\\b${name} (\\d+(?:\\.\\d+)?)`).exec(stdout) ?? [];
    if (seconds === undefined) throw new Error(`The peer did not tell its seconds of "${name}":\n${stdout}`);
    return Number(seconds);
  };
  const edit = told("edit");
  return {
    ...{ load: told("load"), encode: told("encode"), invert: told("invert"), edit },
    ...{ decode: told("decode and write"), whole, call: edit / steps },
  };
}

/** Where our phases stand among the peer's; what is in neither counts in the whole alone. */
const COUNTED: Readonly<Record<string, Phase>> = {
  ...{ load: "load", open: "load", read: "load" },
  ...{ encode: "encode", prepare: "encode" },
  ...{ invert: "invert", edit: "edit" },
  ...{ decode: "decode", write: "decode" },
};

/** The choices of the peer. */
const AS_PEER = [
  ...["--self-steps", "0.8", "--cross-steps", "0.8", "--guidance", "7.5", "--latent-blend"],
  ...["--mask-from", "attention", "--mask-words", "car", "--mask-threshold", "0.3", "--attend", "0,mid"],
];

async function runOurs({
  model,
  clip,
  out,
  frames,
  steps,
}: Task): Promise<Times & { readonly call: number }> {
  const { stdout, whole } = await run(process.execPath, [
    ...[here("../dist/cli/cli.js"), "edit", clip, "--model", model, "-s", SOURCE, "-t", TARGET],
    ...["-o", `${out}/`, "--frames", String(frames), "--steps", String(steps), ...AS_PEER],
    ...["--no-resume", "--json"],
  ]);
  const times = { load: 0, encode: 0, invert: 0, edit: 0, decode: 0 };
  const calls: number[] = [];
  for (const line of stdout.trim().split("\n")) {
    const { type, phase, seconds } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const counted = type === "step" ? COUNTED[String(phase)] : undefined;
    if (counted === undefined || counted === "whole" || typeof seconds !== "number") continue;
    times[counted] += seconds;
    if (counted === "edit") calls.push(seconds);
  }
  // The first step opens the graph.
  return { ...times, whole, call: median(calls.slice(1)) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const { values } = parseArgs({
  options: {
    peer: { type: "string" },
    python: { type: "string", default: "python3" },
    case: { type: "string", multiple: true, default: Object.keys(CASES) },
    turns: { type: "string", default: "3" },
    steps: { type: "string" },
  },
});
const turns = Number(values.turns);
if (!Number.isInteger(turns) || turns < 1)
  refuse(`--turns is "${values.turns}", but must be a whole number from 1.`);
const fewer = values.steps === undefined ? null : Number(values.steps);
if (fewer !== null && (!Number.isInteger(fewer) || fewer < 2))
  refuse(`--steps is "${values.steps}", but must be a whole number from 2.`);
if (values.peer === undefined)
  refuse(
    "No peer is named: --peer PATH is its script, --python PATH what runs it. bench/NOTES.md says more.",
  );
const peer = resolve(values.peer);
if ((await stat(peer).catch(() => null)) === null) refuse(`There is no peer "${values.peer}".`);
await run(values.python, ["-c", "import diffusers, torch, transformers"]).catch((error: unknown) =>
  refuse(
    `"${values.python}" does not run the peer: it needs PyTorch, diffusers and transformers. Name one that has them by --python.\n` +
      (error instanceof Error ? error.message : String(error)),
  ),
);
for (const name of values.case)
  if (!Object.hasOwn(CASES, name))
    refuse(`There is no case "${name}"; there are ${Object.keys(CASES).join(", ")}.`);

const folder = await mkdtemp(join(tmpdir(), "fatezero-peer-"));
try {
  for (const name of values.case) {
    const { title, frames, side, model, perCall, ...given } = CASES[name]!;
    const steps = fewer ?? given.steps;
    const clip = join(folder, `clip-${frames}x${side}`);
    const { frames: pictures, fps } = await exampleClip(frames);
    await writeVideo(
      `${clip}/`,
      pictures.map((frame) => resizeFrame(frame, side, side)),
      { fps },
    );
    const task = { frames, steps, model: await model(folder), clip };
    const found = {
      peer: [] as Awaited<ReturnType<typeof runPeer>>[],
      ours: [] as Awaited<ReturnType<typeof runOurs>>[],
    };
    const script = await peerFor(peer, side / 8, folder);
    for (let turn = 0; turn < turns; turn++) {
      found.peer.push(
        await runPeer({ peer: script, python: values.python }, { ...task, out: join(folder, "peer") }),
      );
      found.ours.push(await runOurs({ ...task, out: join(folder, "ours") }));
    }
    const row = (label: string, key: Phase | "call"): string[] => {
      const [theirs, ours] = [found.peer, found.ours].map((runs) => median(runs.map((one) => one[key])));
      return [label, theirs!.toFixed(1), ours!.toFixed(1), (ours! / theirs!).toFixed(2)];
    };
    console.log(`${title}, ${steps} steps: median seconds of ${turns}, ${availableParallelism()} threads\n`);
    printTable([
      ["", "peer", "ours", "ours/peer"],
      ...PHASES.map((phase) => row(phase === "whole" ? "whole process" : phase, phase)),
      ...(perCall ? [row(`one UNet call, 3×${side / 8}×${side / 8}`, "call")] : []),
    ]);
    console.log("");
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
