import { findDevices } from "../../job/devices.ts";
import type { Answer } from "../terminal/session.ts";

/** `fatezero devices`: what computes here, and what is taken. */
export async function devicesCommand(signal: AbortSignal): Promise<Answer> {
  const found = await findDevices(signal);
  const lines = found.devices.map(
    ({ device, precision, isUsable, text }) =>
      `${isUsable ? "✓" : "✗"} ${device.padEnd(7)} ${precision}  ${text}`,
  );
  const why = found.reason === "" ? "" : ` (${found.reason})`;
  return {
    text: [...lines, `auto takes ${found.chosen} in ${found.precision}${why}`].join("\n"),
    data: found,
  };
}
