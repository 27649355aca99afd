/**
 * What an edit with a model of Stable Diffusion 1.4's size takes through the command line: a checkpoint of random weights (2 GB in
 * a temporary folder), the example's frames enlarged, two steps. Prints the seconds of each phase, the highest resident
 * memory of all processes together, looked at ten times a second, and what the estimate had said.
 *
 *     npm run bench:large -- [--frames 8] [--size 512] [--steps 2] [--chunk 2] [--max-memory 6GB] [--low-memory]
 *
 * Linux only: memory is read from /proc.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeVideo } from "../src/index.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { exampleClipAt, mib, printTable, SOURCE, TARGET } from "./clip.ts";
import { runWatched } from "./watched.ts";

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "8" },
    size: { type: "string", default: "512" },
    steps: { type: "string", default: "2" },
    chunk: { type: "string" },
    "max-memory": { type: "string" },
    "low-memory": { type: "boolean", default: false },
  },
});
const size = Number(values.size);

const folder = await mkdtemp(join(tmpdir(), "fatezero-large-"));
try {
  const model = join(folder, "model");
  await writeRandomCheckpoint(model, SD1);
  const { frames, fps } = await exampleClipAt(Number(values.frames), size);
  const clip = join(folder, "clip/");
  await writeVideo(clip, frames, { fps });
  const memory = (["chunk", "max-memory"] as const).flatMap((key) =>
    values[key] ? [`--${key}`, values[key]] : [],
  );
  const cli = fileURLToPath(new URL("../src/cli/cli.ts", import.meta.url));
  const { code, peak, lines } = await runWatched([
    ...[...process.execArgv, cli],
    ...["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", join(folder, "out/"), "--model", model],
    ...["--steps", values.steps, "--size", values.size, "--no-resume", "--json", ...memory],
    ...(values["low-memory"] ? ["--low-memory"] : []),
  ]);
  const needs = lines.find(({ type, name }) => type === "fact" && name === "needs");
  console.log(`needs: ${needs?.text ?? "not told"}`);
  for (const { type, message, remedy } of lines) if (type === "error") console.log(`${message} ${remedy}`);
  const steps = lines.filter(({ type }) => type === "step");
  const phases = [...new Set(steps.map(({ phase }) => String(phase)))];
  printTable([
    ["phase", "seconds of each step"],
    ...phases.map((phase) => [
      phase,
      steps.flatMap((step) => (step.phase === phase ? [Number(step.seconds).toFixed(1)] : [])).join(", "),
    ]),
  ]);
  const result = lines.find(({ type }) => type === "result");
  console.log(
    `exit code ${code}; whole ${Number(result?.seconds ?? Number.NaN).toFixed(0)} s; peak ${mib(peak)}`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
