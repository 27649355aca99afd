import { existsSync, readdirSync } from "node:fs";
import { FateZeroError } from "../errors.ts";
import { DEVICES, type Device, LOWERINGS, type Lowering } from "../graph/index.ts";
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

const chosen = (probe: Probe): Choice => ({
  device: probe.device,
  lowering: { ...LOWERINGS[probe.device], attention: probe.attention },
  reason: wordsOf(probe),
});

/** Probes a device and keeps what was found. */
export async function probeAnew(device: Gpu, signal?: AbortSignal): Promise<Probe> {
  const probe = await probeDevice(device, signal);
  await keepProbe(probe);
  return probe;
}

const onCpu = (reason: string): Choice => ({ device: "cpu", lowering: LOWERINGS.cpu, reason });

async function chooseBest(signal?: AbortSignal): Promise<Choice> {
  const reasons: string[] = [];
  for (const device of SYSTEMS[process.platform]?.auto ?? []) {
    if (whyNotTried(device) !== "") continue;
    const probe = (await keptProbe(device)) ?? (await probeAnew(device, signal));
    if (probe.isRight && isFaster(probe)) return chosen(probe);
    reasons.push(`${device}: ${wordsOf(probe)}`);
  }
  return onCpu(reasons.length > 0 ? reasons.join("; ") : NO_GPU);
}

/** The device that a caller's word means. Throws FateZeroError `bad-option` on one that is none. */
function checkDevice(asked: "auto" | Device = "auto"): "auto" | Device {
  // A caller without types may give any word.
  if (asked === "auto" || DEVICES.some((known) => known === asked)) return asked;
  throw new FateZeroError(
    "bad-option",
    `There is no device "${asked}".`,
    `Use one of auto, ${DEVICES.join(", ")}.`,
  );
}

/**
 * Chooses where graphs run. A device is probed once for its driver and this version of ONNX Runtime; without a GPU nothing is
 * started.
 *
 * @throws FateZeroError `bad-option` on a name that is no device's, `device-unavailable` on a device that is not there or is wrong
 */
export async function chooseDevice(asked: "auto" | Device = "auto", signal?: AbortSignal): Promise<Choice> {
  const device = checkDevice(asked);
  if (device === "auto") return chooseBest(signal);
  if (device === "cpu") return onCpu("it was asked for");
  const fail = (why: string): FateZeroError =>
    new FateZeroError(
      "device-unavailable",
      `The device ${device} cannot be used: ${why}.`,
      'Use auto or cpu; "fatezero devices" tells what is there.',
    );
  const why = whyNotTried(device);
  if (why !== "") throw fail(why);
  const kept = await keptProbe(device);
  const probe = kept?.isRight ? kept : await probeAnew(device, signal);
  if (!probe.isRight) throw fail(probe.reason);
  return chosen(probe);
}

/** An engine on the device that the options ask for; `onWarning` is told of one that is lost. */
export async function openEngine(
  { device, ...options }: EngineOptions,
  {
    signal,
    onWarning,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onWarning?: ((warning: EngineWarning) => void) | undefined;
  } = {},
): Promise<Engine> {
  const choice = await chooseDevice(device, signal);
  return createEngine({ ...options, ...choice, ...(onWarning ? { onWarning } : {}) });
}
