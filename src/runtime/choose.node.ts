import { existsSync, readdirSync } from "node:fs";
import { defined } from "../defined.ts";
import { FateZeroError } from "../errors.ts";
import {
  DEVICES,
  type Device,
  LOWERINGS,
  type Lowering,
  PRECISIONS,
  type Precision,
} from "../graph/index.ts";
import { createEngine } from "./engine.node.ts";
import { type Probe, probeDevice } from "./probe.node.ts";
import { cudaLibrary, keepProbe, keptProbe } from "./probe-cache.node.ts";
import type { Engine, EngineOptions, EngineWarning } from "./types.ts";

type Gpu = Exclude<Device, "cpu">;

/** A device, and why. */
export interface Choice {
  readonly device: Device;
  readonly lowering: Lowering;
  readonly reason: string;
}

/** What a system may have, the best first. CoreML and DirectML are taken by name only: both have computed wrong pictures. */
const SYSTEMS: Partial<
  Record<NodeJS.Platform, { readonly auto: readonly Gpu[]; readonly named: readonly Gpu[] }>
> = {
  linux: { auto: ["cuda", "webgpu"], named: [] },
  darwin: { auto: ["webgpu"], named: ["coreml"] },
  win32: { auto: ["webgpu"], named: ["dml"] },
};

/** The devices that this system may have, besides the processor. */
function devicesOfSystem(): readonly Gpu[] {
  const { auto = [], named = [] } = SYSTEMS[process.platform] ?? {};
  return [...auto, ...named];
}

const NO_GPU = "this machine shows no GPU";

/** Whether a machine may have a GPU at all, told without starting anything; elsewhere than on Linux only a try tells. */
function mayHaveGpu(): boolean {
  if (process.platform !== "linux") return true;
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES || process.env.VK_ADD_DRIVER_FILES)
    return true;
  if (["/dev/nvidia0", "/dev/dxg"].some((path) => existsSync(path))) return true;
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
}

/** Why a device need not be tried; empty where it is to be tried. */
export function whyNotTried(device: Gpu): string {
  if (!devicesOfSystem().includes(device)) return `it is not for ${process.platform}`;
  if (!mayHaveGpu()) return NO_GPU;
  if (device !== "cuda") return "";
  if (process.arch !== "x64") return `it is not for ${process.arch}`;
  const library = cudaLibrary();
  return existsSync(library) ? "" : `ONNX Runtime's library for it, ${library}, is not installed`;
}

const times = (factor: number): string => `${factor.toFixed(factor < 10 ? 1 : 0)} times`;

/** How quick a device is beside the processor; empty where it was not timed. */
function speedOf({ seconds, cpuSeconds }: Probe): string {
  if (seconds === null || cpuSeconds === null) return "";
  return seconds < cpuSeconds
    ? `${times(cpuSeconds / seconds)} as fast as the processor`
    : `${times(seconds / cpuSeconds)} slower than the processor`;
}

const isFaster = ({ seconds, cpuSeconds }: Probe): boolean =>
  seconds !== null && cpuSeconds !== null && seconds < cpuSeconds;

/** What a probe found, in words. */
export function wordsOf(probe: Probe): string {
  return [speedOf(probe), probe.reason].filter((text) => text !== "").join("; ");
}

/** A device and a precision as they were asked for. */
type Asked = Pick<EngineOptions, "device" | "precision">;

/** The precisions to be tried on a device, the best first: a GPU of NVIDIA is made for half, others have given wrong pictures in it. */
function precisionsFor(device: Device, asked: "auto" | Precision): readonly Precision[] {
  if (asked !== "auto") return [asked];
  return device === "cuda" ? ["fp16", "fp32"] : ["fp32"];
}

const chosen = (probe: Probe): Choice => ({
  device: probe.device,
  lowering: { ...LOWERINGS[probe.device], attention: probe.attention, precision: probe.precision },
  reason: wordsOf(probe),
});

/** Probes a device and keeps what was found. */
export async function probeAnew(device: Gpu, precision: Precision, signal?: AbortSignal): Promise<Probe> {
  const probe = await probeDevice(device, precision, signal);
  await keepProbe(probe);
  return probe;
}

const onCpu = (reason: string, precision: Precision = "fp32"): Choice => ({
  device: "cpu",
  lowering: { ...LOWERINGS.cpu, precision },
  reason,
});

const remark = (probe: Probe): string => `${probe.device} in ${probe.precision}: ${wordsOf(probe)}`;

async function chooseBest(asked: "auto" | Precision, signal?: AbortSignal): Promise<Choice> {
  const reasons: string[] = [];
  for (const device of SYSTEMS[process.platform]?.auto ?? []) {
    if (whyNotTried(device) !== "") continue;
    for (const precision of precisionsFor(device, asked)) {
      const probe = (await keptProbe(device, precision)) ?? (await probeAnew(device, precision, signal));
      if (probe.isRight && isFaster(probe)) return chosen(probe);
      reasons.push(remark(probe));
    }
  }
  const why = reasons.length > 0 ? reasons.join("; ") : NO_GPU;
  if (asked !== "fp16") return onCpu(why);
  throw new FateZeroError(
    "device-unavailable",
    `No device here is right and faster than the processor in half precision: ${why}.`,
    "Leave the precision to auto; the device cpu computes in fp16 too where it is named, slower than in fp32.",
  );
}

/** A word of the caller's, which one without types may have chosen freely. Throws FateZeroError `bad-option` on one that is none of the known. */
function checkWord<W extends string>(what: string, asked: W | "auto", known: readonly W[]): W | "auto" {
  if (asked === "auto" || known.some((word) => word === asked)) return asked;
  throw new FateZeroError(
    "bad-option",
    `There is no ${what} "${asked}".`,
    `Use one of auto, ${known.join(", ")}.`,
  );
}

/** A device that was named, in the first of these precisions in which it is right. */
async function chooseNamed(
  device: Gpu,
  precisions: readonly Precision[],
  signal?: AbortSignal,
): Promise<Choice> {
  const fail = (why: string): FateZeroError =>
    new FateZeroError(
      "device-unavailable",
      `The device ${device} cannot be used${precisions.includes("fp32") ? "" : " in half precision"}: ${why}.`,
      'Use auto or cpu; "fatezero devices" tells what is there.',
    );
  const why = whyNotTried(device);
  if (why !== "") throw fail(why);
  const reasons: string[] = [];
  for (const precision of precisions) {
    const kept = await keptProbe(device, precision);
    const probe = kept?.isRight ? kept : await probeAnew(device, precision, signal);
    if (probe.isRight) return chosen(probe);
    reasons.push(precisions.length > 1 ? remark(probe) : probe.reason);
  }
  throw fail(reasons.join("; "));
}

/**
 * Chooses where graphs run, and in which precision. A device is probed once for its driver and this version of ONNX Runtime;
 * without a GPU nothing is started.
 *
 * @throws FateZeroError `bad-option` on a name that is no device's or precision's, `device-unavailable` on a device that is not
 * there or is wrong
 */
export async function chooseDevice(asked: Asked = {}, signal?: AbortSignal): Promise<Choice> {
  const device = checkWord("device", asked.device ?? "auto", DEVICES);
  const precision = checkWord("precision", asked.precision ?? "auto", PRECISIONS);
  if (device === "auto") return chooseBest(precision, signal);
  if (device === "cpu") return onCpu("it was asked for", precisionsFor(device, precision)[0]);
  return chooseNamed(device, precisionsFor(device, precision), signal);
}

const HALF_ON_CPU: EngineWarning = {
  type: "warning",
  code: "half-on-cpu",
  message:
    "The processor computes in half precision by way of single: slower, in more memory, and less exact. It is there to see what a card would give.",
};

/** An engine on a device that was chosen; what there is to know of that choice is told. */
export function engineOn(
  choice: Choice,
  options: Omit<EngineOptions, "device" | "precision">,
  onWarning?: (warning: EngineWarning) => void,
): Engine {
  if (choice.device === "cpu" && choice.lowering.precision === "fp16") onWarning?.(HALF_ON_CPU);
  return createEngine({ ...options, ...choice, ...(onWarning ? { onWarning } : {}) });
}

/** An engine on the device and in the precision that the options ask for; `onWarning` is told of what is to be known of it. */
export async function openEngine(
  { device, precision, ...options }: EngineOptions,
  {
    signal,
    onWarning,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onWarning?: ((warning: EngineWarning) => void) | undefined;
  } = {},
): Promise<Engine> {
  return engineOn(await chooseDevice(defined({ device, precision }), signal), options, onWarning);
}
