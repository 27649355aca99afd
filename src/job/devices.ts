import { DEVICES, type Device } from "../graph/index.ts";
import { chooseDevice, type Probe, probeAnew, whyNotTried, wordsOf } from "../runtime/index.node.ts";

/** A device, what was found of it, and how that is said. */
export interface FoundDevice {
  readonly device: Device;
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
  readonly reason: string;
}

async function find(device: Device, signal: AbortSignal): Promise<FoundDevice> {
  if (device === "cpu") return { device, isUsable: true, text: "always there", probe: null };
  const why = whyNotTried(device);
  if (why !== "") return { device, isUsable: false, text: why, probe: null };
  const probe = await probeAnew(device, signal);
  return { device, isUsable: probe.isRight, text: wordsOf(probe), probe };
}

/** Probes all devices anew, one after another, and keeps what was found for later runs. */
export async function findDevices(signal: AbortSignal): Promise<FoundDevices> {
  const devices: FoundDevice[] = [];
  for (const device of DEVICES) devices.push(await find(device, signal));
  const { device: chosen, reason } = await chooseDevice("auto", signal);
  return { devices, chosen, reason };
}
