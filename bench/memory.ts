/**
 * What an edit must remember, next to what it would have to remember if it stored attention maps; and the memory that is
 * expected before the work, next to what was taken.
 *
 *     npm run bench:memory
 *     npm run bench:memory -- --forms     the second for half precision and for regions alone, which is quick
 *
 * The rows of the last table are runs of the built command line, looked at from outside: Linux only.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { edit, expectedMemory, invert, type MemoryTerms, stateBytes } from "../src/edit/index.ts";
import { attentionSites } from "../src/model/index.ts";
import { loadModel } from "../src/pipeline/index.node.ts";
import { resolveMethod } from "../src/pipeline/index.ts";
import { nullText } from "../src/tune/index.ts";
import { exampleClip, mib, printTable, SOURCE, TARGET } from "./clip.ts";
import { runWatched } from "./watched.ts";

const FRAMES = 8;
const STEPS = 50;
/** Key frames of the default frame list [0, mid]. */
const KEY_FRAMES = 2;
const { values } = parseArgs({ options: { forms: { type: "boolean", default: false } } });

/** Peak resident memory of this process, in bytes. */
const ownPeak = (): number => process.resourceUsage().maxRSS * 1024;

/** What an edit remembers, and what the whole work takes in this process and the one that computes. */
async function printWhole(): Promise<void> {
  const model = await loadModel("tinytown");
  const clip = await exampleClip(FRAMES);
  const inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
  const afterInversion = (await model.engine.peakMemory()) + ownPeak();
  await edit(model, inversion, { prompt: TARGET });
  const afterEdit = (await model.engine.peakMemory()) + ownPeak();
  // In a process that has not edited; a few steps take as much as all.
  const other = await loadModel("tinytown");
  await nullText(other, await invert(other, clip, { prompt: SOURCE, steps: 3 }), { iterations: 3 });
  const afterNullText = (await other.engine.peakMemory()) + ownPeak();
  await other.close();

  // Every map of every layer, step, frame and head, as the paper stores them: post-softmax probabilities.
  const side = model.unet.sampleSize;
  let elements = 0;
  for (const { level, heads } of attentionSites(model.unet)) {
    const positions = (side / 2 ** level) ** 2;
    elements += heads * positions * (KEY_FRAMES * positions + model.tokenizer.maxLength);
  }
  elements *= STEPS * FRAMES;

  const state = stateBytes(inversion);
  console.log(
    `tinytown, ${FRAMES} frames of ${clip.frames[0]!.width}×${clip.frames[0]!.height}, ${STEPS} steps\n`,
  );
  printTable([
    ["", "bytes", "", "of our state"],
    ["state between inversion and edit", String(state), mib(state), "1×"],
    [
      "stored maps, 16 bit (computed from the shapes)",
      String(2 * elements),
      mib(2 * elements),
      `${((2 * elements) / state).toFixed(0)}×`,
    ],
    [
      "stored maps, 32 bit (computed from the shapes)",
      String(4 * elements),
      mib(4 * elements),
      `${((4 * elements) / state).toFixed(0)}×`,
    ],
  ]);
  console.log("");
  const { width, height } = clip.frames[0]!;
  const terms = { frames: FRAMES, width, height, settings: inversion.settings, steps: STEPS, encodes: true };
  const row = (
    name: string,
    measured: number,
    work: Pick<MemoryTerms, "branches" | "nullTextPerFrame">,
  ): string[] => {
    const expected = expectedMemory(model, { ...terms, ...work });
    return [name, mib(measured), mib(expected), `${(expected / measured).toFixed(2)}×`];
  };
  printTable([
    [
      "peak resident memory, both processes together",
      "measured",
      "expected before the work",
      "of the measured",
    ],
    row("after the inversion", afterInversion, { branches: null }),
    row("after the edit", afterEdit, { branches: 3 }),
    row("after null-text inversion", afterNullText, { branches: null, nullTextPerFrame: false }),
  ]);
  await model.close();
}

/** Edits in two steps that differ in how the UNet is computed, by what is asked for beside the target. */
const FORMS = {
  "an edit": { args: ["-t", TARGET], precision: "fp32", regions: 0 },
  "the same in half precision": { args: ["-t", TARGET], precision: "fp16", regions: 0 },
  "one region": { args: ["--region", "car:a blue car"], precision: "fp32", regions: 1 },
  "three regions": {
    args: ["--region", "car:a blue car", "--region", "road:a river", "--region", "sky:a pink sky"],
    precision: "fp32",
    regions: 3,
  },
} as const;

/** The memory of each form, in both modes, of a small and of a large picture. */
async function printForms(): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), "fatezero-memory-"));
  const cli = fileURLToPath(new URL("../dist/cli/cli.js", import.meta.url));
  const clip = fileURLToPath(new URL("../examples/car.mp4", import.meta.url));
  const rows: string[][] = [["", "pixels", "memory", "measured", "expected", "of the measured"]];
  try {
    for (const [name, { args, precision, regions }] of Object.entries(FORMS)) {
      for (const memory of ["fast", "lowMemory"] as const) {
        await using model = await loadModel("tinytown", { device: "cpu", precision, memory });
        for (const size of [128, 256]) {
          const { code, peak } = await runWatched([
            ...[cli, "edit", clip, "-s", SOURCE, ...args, "--frames", `${FRAMES}`, "--size", `${size}`],
            ...[
              "--steps",
              "2",
              "--device",
              "cpu",
              "--precision",
              precision,
              "--no-resume",
              "--json",
              "--quiet",
            ],
            ...["-o", join(out, "out.mp4")],
            ...(memory === "lowMemory" ? ["--low-memory"] : []),
          ]);
          if (code !== 0) throw new Error(`${name} ended with ${code}.`);
          const expected = expectedMemory(model, {
            ...{ frames: FRAMES, width: size, height: size, steps: 2, regions },
            ...{ settings: resolveMethod(model, {}), encodes: true, branches: 3 },
          });
          const ratio = `${(expected / peak).toFixed(2)}×`;
          rows.push([name, `${size}×${size}`, memory, mib(peak), mib(expected), ratio]);
        }
      }
    }
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  console.log(`\ntinytown, ${FRAMES} frames, two steps, on the processor; both processes together\n`);
  printTable(rows);
}

if (!values.forms) await printWhole();
await printForms();
