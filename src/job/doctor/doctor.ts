import { FateZeroError } from "../../errors.ts";
import { asPhase } from "../as-phase.ts";
import type { Session } from "../session.ts";
import {
  type Check,
  checkCodecs,
  checkCuda,
  checkDevices,
  checkDisk,
  checkMemory,
  checkNode,
  checkRuntime,
  checkSelfTest,
} from "./checks.ts";

/** `fatezero doctor`: looks at the machine, and fails if anything is missing. Returns a line for stdout. */
export async function doctorCommand({ report, signal }: Session): Promise<string> {
  const failed: string[] = [];
  const tell = (check: Check): void => {
    report({ type: "check", ...check });
    if (!check.ok) failed.push(check.name);
  };
  tell(checkNode(process.version));
  tell(await asPhase(report, "check", checkRuntime, "the runtime"));
  tell(await asPhase(report, "check", () => checkDevices(signal), "the devices"));
  const cuda = await checkCuda();
  if (cuda) tell(cuda);
  tell(checkMemory());
  for (const check of await checkDisk()) tell(check);
  for (const check of await asPhase(report, "check", checkCodecs, "the codecs")) tell(check);
  tell(await asPhase(report, "check", () => checkSelfTest(signal), "the numbers"));
  if (failed.length === 0) return "ok";
  throw new FateZeroError(
    "doctor",
    `This machine is not ready: ${failed.join(", ")}.`,
    "Each line marked ✗ says what to do.",
  );
}
