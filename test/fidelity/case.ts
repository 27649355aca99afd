import { type Bench, openBench } from "./bench.ts";
import { checkAttentionMaps } from "./checks/attention-maps.ts";
import { checkEditLatents, checkEditPredictions } from "./checks/denoising.ts";
import { checkDrift } from "./checks/drift.ts";
import { checkInversion } from "./checks/inversion.ts";
import { checkBlendedLatents, checkLatentMasks } from "./checks/latent-blend.ts";
import { checkPrompts } from "./checks/prompts.ts";
import { checkSchedule } from "./checks/schedule.ts";
import { checkSelfMasks } from "./checks/self-masks.ts";
import { checkText } from "./checks/text.ts";
import { checkDecoding, checkEncoding } from "./checks/vae.ts";
import type { Row } from "./rows.ts";
import { openSteps, type Steps } from "./steps.ts";

type Check = (bench: Bench, steps: () => Promise<Steps>) => Promise<Row[]>;

/** In the order of the data's way. The whole run is reported, not judged. */
const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ["prompts", checkPrompts],
  ["schedule", checkSchedule],
  ["text encoder", checkText],
  ["VAE encoder", checkEncoding],
  ["inversion", checkInversion],
  ["self-attention masks", checkSelfMasks],
  ["edit predictions", checkEditPredictions],
  ["edit latents", checkEditLatents],
  ["latent masks", checkLatentMasks],
  ["latent blend", checkBlendedLatents],
  ["attention maps", checkAttentionMaps],
  ["VAE decoder", checkDecoding],
  ["whole run", checkDrift],
];

/** Something that could not be computed or read at all. */
export interface Failure {
  readonly what: string;
  readonly reason: string;
  /** A miss; else only told. */
  readonly judged: boolean;
}

export interface CaseResult {
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  /** Tensors of the file that nothing was compared with. */
  readonly unused: readonly string[];
  readonly about: string;
}

function failure(what: string, cause: unknown, judged = true): Failure {
  return { what, reason: cause instanceof Error ? cause.message : String(cause), judged };
}

function describe({ settings, model }: Bench): string {
  const { steps, guidance, frameCount, size } = settings;
  const frames = `${frameCount} frame${frameCount === 1 ? "" : "s"}`;
  const shape = size === null ? "sides of its own" : `${size} px`;
  return `${model.name}, ${frames}, ${shape}, ${steps} steps, guidance ${guidance}`;
}

async function compare(bench: Bench): Promise<CaseResult> {
  let opened: Promise<Steps> | null = null;
  const steps = (): Promise<Steps> => {
    opened ??= openSteps(bench);
    return opened;
  };
  const rows: Row[] = [];
  const failures: Failure[] = [];
  for (const [name, check] of CHECKS) {
    try {
      rows.push(...(await check(bench, steps)));
    } catch (cause) {
      failures.push(failure(name, cause, check !== checkDrift));
    }
  }
  if (failures.length === 0 && rows.every(({ verdict }) => verdict === "reported"))
    failures.push(failure("the case", "it holds nothing that could be compared"));
  return { rows, failures, unused: bench.stored.unused(), about: describe(bench) };
}

/** Compares one case. A check that fails is a miss with its reason and leaves the others alone. */
export async function compareCase(root: string, file: string): Promise<CaseResult> {
  let bench: Bench;
  try {
    bench = await openBench(root, file);
  } catch (cause) {
    return { rows: [], failures: [failure("the case", cause)], unused: [], about: "" };
  }
  try {
    return await compare(bench);
  } finally {
    await bench.model.close();
  }
}

/** Quantities further off than their mark, and judged ones that could not be computed. */
export function missesOf({ rows, failures }: CaseResult): number {
  return (
    rows.filter(({ verdict }) => verdict === "MISS").length + failures.filter(({ judged }) => judged).length
  );
}
