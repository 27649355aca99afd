/** Null-text inversion against one that was recorded with the authors' way of doing it, and that differences are found. */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openCheckpointFolder } from "../../../src/checkpoint/index.node.ts";
import { modelFromCheckpoint } from "../../../src/pipeline/index.node.ts";
import type { Model } from "../../../src/pipeline/index.ts";
import { floatTensor } from "../../../src/tensor/index.ts";
import { fixture } from "../../support/fixtures.ts";
import { compareFolder } from "../folder.ts";
import { readStored } from "../stored.ts";
import { checkNullText } from "./check.ts";
import { type Recorded, readRecorded } from "./recorded.ts";

let root: string;
let model: Model;
let recorded: Recorded;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fatezero-null-text-"));
  const folder = join(root, "models/micro-sd");
  await mkdir(join(root, "models"));
  await cp(fixture("models/micro-sd"), folder, { recursive: true });
  await cp(fixture("clip-tokenizer"), join(folder, "tokenizer"), { recursive: true });
  await cp(fixture("null-text"), join(root, "null-text"), { recursive: true });
  model = await modelFromCheckpoint(await openCheckpointFolder(folder, "micro-sd"));
  recorded = readRecorded(await readStored(fixture("null-text/jeep.safetensors")));
});
afterAll(async () => {
  await model.close();
  await rm(root, { recursive: true });
});

it("is reproduced within the marks", async () => {
  const lines: string[] = [];
  expect(await compareFolder(root, ["jeep"], (text) => lines.push(text))).toBe(0);
  expect(lines.join("\n")).toMatch(/first gradient .* ok\n.*loss +55 iterations .* ok\n.* equal +ok\n/);
});

const changedStep = (index: number, change: Partial<Recorded["steps"][number]>): Recorded => ({
  ...recorded,
  steps: recorded.steps.map((step, i) => (i === index ? { ...step, ...change } : step)),
});
const moved = (data: Float32Array, by: number): Float32Array => data.with(7, data[7]! + by);

it.each([
  [
    "first gradient",
    () => ({ ...recorded, gradient: floatTensor([77, 16], moved(recorded.gradient!.data, 3e-4)) }),
  ],
  ["loss", () => changedStep(2, { losses: moved(recorded.steps[2]!.losses, 2e-3) })],
  ["iterations until the stop", () => changedStep(0, { losses: recorded.steps[0]!.losses.slice(0, 4) })],
  [
    "embeddings",
    () =>
      changedStep(5, { optimized: floatTensor([77, 16], moved(recorded.steps[5]!.optimized.data, 6e-4)) }),
  ],
  [
    "latents",
    () => changedStep(3, { next: floatTensor([1, 4, 16, 16], moved(recorded.steps[3]!.next.data, 2e-3)) }),
  ],
])("is told apart from another one: %s", async (quantity, changed) => {
  const rows = await checkNullText(model, changed());
  expect(rows.filter(({ verdict }) => verdict !== "ok").map((row) => row.quantity)).toEqual([quantity]);
});
