import { DEVICES, type Device, type Precision } from "../graph/index.ts";
import { chooseDevice, type Probe, probeAnew, whyNotTried, wordsOf } from "../runtime/index.node.ts";

/** A device in one precision, what was found of it, and how that is said. */
export interface FoundDevice {
  readonly device: Device;
  readonly precision: Precision;
  /** Whether it can be named for work. */
  readonly isUsable: boolean;
  readonly text: string;
  /** Null where it was not tried. */
  readonly probe: Probe | null;
}

/** Every device, the processor first, and the one that is taken where none is named. */
export interface FoundDevices {
  readonly devices: readonly FoundDevice[];
  readonly chosen: Device;
  readonly precision: Precision;
  readonly reason: string;
}

const ON_CPU: Record<Precision, string> = {
  fp32: "always there",
  fp16: "by name only: slower than in fp32, and in more memory",
};

async function find(device: Device, precision: Precision, signal: AbortSignal): Promise<FoundDevice> {
  const at = { device, precision } as const;
  if (device === "cpu") return { ...at, isUsable: true, text: ON_CPU[precision], probe: null };
  const why = whyNotTried(device);
  if (why !== "") return { ...at, isUsable: false, text: why, probe: null };
  const probe = await probeAnew(device, precision, signal);
  return { ...at, isUsable: probe.isRight, text: wordsOf(probe), probe };
}

/** Probes all devices anew, one after another, in half precision where they are right in single; keeps what was found for later runs. */
export async function findDevices(signal: AbortSignal): Promise<FoundDevices> {
  const devices: FoundDevice[] = [];
  for (const device of DEVICES) {
    const single = await find(device, "fp32", signal);
    devices.push(single);
    if (single.isUsable) devices.push(await find(device, "fp16", signal));
  }
  const { device: chosen, lowering, reason } = await chooseDevice({}, signal);
  return { devices, chosen, precision: lowering.precision, reason };
}
