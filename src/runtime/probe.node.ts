import {
  add,
  compile,
  type Device,
  inputs,
  LOWERINGS,
  type Lowering,
  type Precision,
  port,
} from "../graph/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { createEngine } from "./engine.node.ts";
import { attentionCases, blockCase, opCases, type ProbeCase } from "./probe-cases.ts";
import type { Engine } from "./types.ts";

/** What a probe found of a device. */
export interface Probe {
  readonly device: Device;
  readonly precision: Precision;
  /** Whether it is there: a graph was opened and run. */
  readonly isThere: boolean;
  /** Whether all that it computes is right. */
  readonly isRight: boolean;
  /** How it computes attention: by ONNX Runtime's fused op where that is right on it. */
  readonly attention: Lowering["attention"];
  /** Why it is not there or not right, or what is to be known of it; empty where nothing is. */
  readonly reason: string;
  /** Relative errors (rms) by what was computed; null where the result was no number or none came. */
  readonly errors: Readonly<Record<string, number | null>>;
  /** Seconds that a block of a UNet takes there and on the processor; null where it did not come so far. */
  readonly seconds: number | null;
  readonly cpuSeconds: number | null;
}

/**
 * Largest relative error: in single precision of half its bits, in half what sums of 10,000 products in it may come to. A fused
 * attention that counts keys twice is at 0.1 or more.
 */
const TOLERANCE: Record<Precision, number> = { fp32: 1e-3, fp16: 1e-2 };
/** Elements of a result that are compared. */
const SAMPLES = 512;
const TIMED_RUNS = 3;
/** How much slower than the processor a device may be at a small block, most of which is its overhead. */
const MOST_SLOWER = 10;
/** Milliseconds that a device may take for it all. */
const LIMIT_MS = 120_000;

/** Places all over a result: the step has no divisor in common with a row. */
function placesIn(size: number): number[] {
  const step = Math.max(1, Math.floor(size / SAMPLES)) | 1;
  return Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
}

/** The root mean square of the differences as a share of that of the truth; null where a value is no number. */
function relativeError(found: ArrayLike<number>, truth: ArrayLike<number>): number | null {
  let [wrong, all] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    wrong += (found[i]! - truth[i]!) ** 2;
    all += truth[i]! ** 2;
  }
  const error = Math.sqrt(wrong / all);
  return Number.isFinite(error) ? error : null;
}

/** One session: the result of its first run, and the seconds of the later ones. */
async function compute(
  engine: Engine,
  { graph, feeds }: Pick<ProbeCase, "graph" | "feeds">,
  attention: Lowering["attention"],
  signal: AbortSignal,
  timed = 0,
): Promise<{ readonly y: FloatTensor; readonly seconds: number }> {
  const session = await engine.open(compile(graph, { ...engine.lowering, attention }), { signal });
  const run = async (): Promise<FloatTensor> => {
    const { y } = await session.run(feeds, { signal });
    return y!;
  };
  const y = await run();
  const began = performance.now();
  for (let i = 0; i < timed; i++) await run();
  const seconds = (performance.now() - began) / 1000 / timed;
  await session.dispose();
  return { y, seconds };
}

/** Opens and runs the smallest graph: what is not there fails at once. */
async function trySmallest(engine: Engine, signal: AbortSignal): Promise<void> {
  const ports = { x: port([2]) };
  const graph = { inputs: ports, outputs: { y: add(inputs(ports).x, 1) } };
  const feeds = { x: floatTensor([2], Float32Array.of(1, 2)) };
  await compute(engine, { graph, feeds }, "explicit", signal);
}

async function errorOf(
  engine: Engine,
  probed: ProbeCase,
  attention: Lowering["attention"],
  signal: AbortSignal,
): Promise<number | null> {
  const { y } = await compute(engine, probed, attention, signal);
  if (!y.data.every(Number.isFinite)) return null;
  const places = placesIn(y.data.length);
  return relativeError(
    places.map((place) => y.data[place]!),
    probed.truth(places),
  );
}

const isGood = (error: number | null | undefined, precision: Precision): boolean =>
  error != null && error <= TOLERANCE[precision];

/** The first line of what went wrong, without the place in ONNX Runtime's source. */
function faultLine(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const [line = ""] = message.split("\n").filter((text) => text.trim() !== "");
  return line.replace(/^.*was false\.\s*/, "").trim();
}

const NAME_OF_FUSED = "fused ";

/** What is wrong among the errors of a probe, in words; those of the fused attention, or all others. */
function wrongIn({ errors, precision }: Pick<Probe, "errors" | "precision">, isFused: boolean): string {
  return Object.entries(errors)
    .filter(([name, error]) => name.startsWith(NAME_OF_FUSED) === isFused && !isGood(error, precision))
    .map(([name, error]) => `${name} (${error === null ? "no number" : `error ${error.toPrecision(2)}`})`)
    .join(", ");
}

/**
 * Computes on a device what a UNet is made of and compares it with float64 in TypeScript, and a whole block, which is timed,
 * with the processor in single precision: few positions first, those of 64×64 latents where the device is quick enough. Whatever it does,
 * natively too, happens in a process of its own.
 */
export async function probeDevice(
  device: Exclude<Device, "cpu">,
  precision: Precision,
  signal?: AbortSignal,
): Promise<Probe> {
  const limit = AbortSignal.any([AbortSignal.timeout(LIMIT_MS), ...(signal ? [signal] : [])]);
  const errors: Record<string, number | null> = {};
  const found = { errors, precision };
  // CoreML and DirectML have no kernel for the fused op: it would be carried to the processor.
  const hasFused = device === "webgpu" || device === "cuda";
  const attentionFound = (): "pieces" | "explicit" =>
    hasFused && isThere && wrongIn(found, true) === "" ? "pieces" : "explicit";
  const engine = createEngine({ device, lowering: { ...LOWERINGS[device], precision }, isProbe: true });
  const cpu = createEngine({ isProbe: true });
  let isThere = false;
  let seconds: number | null = null;
  let cpuSeconds: number | null = null;
  const answer = (reason: string): Probe => {
    const isRight = reason === "" && wrongIn(found, false) === "";
    const wrong = wrongIn(found, !isThere || isRight);
    const remark = isRight
      ? `wrong here: ${wrong}; attention is computed by products and a softmax`
      : `wrong results: ${wrong}`;
    return {
      ...{ device, precision, isThere, isRight, attention: attentionFound(), errors, seconds, cpuSeconds },
      reason: reason || (wrong === "" ? "" : remark),
    };
  };
  const measure = async (cases: readonly ProbeCase[]): Promise<void> => {
    for (const probed of cases) {
      errors[probed.name] = await errorOf(engine, probed, "explicit", limit);
      isThere = true;
    }
  };
  const measureAttention = async (size: "small" | "large"): Promise<void> => {
    const cases = attentionCases(size);
    await measure(cases);
    if (attentionFound() === "explicit") return;
    for (const probed of cases) {
      errors[`${NAME_OF_FUSED}${probed.name}`] = await errorOf(engine, probed, "pieces", limit);
      if (attentionFound() === "explicit") return;
    }
  };
  const measureBlock = async (side: number, runs: number): Promise<void> => {
    const block = blockCase(side);
    const there = await compute(engine, block, attentionFound(), limit, runs);
    const here = await compute(cpu, block, "fused", limit, runs);
    [seconds, cpuSeconds] = [there.seconds, here.seconds];
    const isNumber = there.y.data.every(Number.isFinite);
    errors[`block ${side}×${side}`] = isNumber ? relativeError(there.y.data, here.y.data) : null;
  };
  try {
    await trySmallest(engine, limit);
    isThere = true;
    await measure(opCases());
    await measureAttention("small");
    await measureBlock(8, 1);
    // Else it is a renderer in software, which nobody waits for.
    if (seconds! < MOST_SLOWER * cpuSeconds! && wrongIn(found, false) === "") {
      await measureAttention("large");
      await measureBlock(32, TIMED_RUNS);
    }
    return answer("");
  } catch (error) {
    signal?.throwIfAborted();
    return answer(limit.aborted ? `the probe took longer than ${LIMIT_MS / 1000} s` : faultLine(error));
  } finally {
    await engine.close();
    await cpu.close();
  }
}
