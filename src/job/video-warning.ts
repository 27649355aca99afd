import { say } from "../say.ts";
import type { VideoWarning } from "../video/index.ts";
import type { Report } from "./events.ts";

/** Tells warnings about files as events of the job. */
export function tellWarnings(report: Report): (warning: VideoWarning) => void {
  return ({ code, message, remedy }) =>
    report({ type: "warning", code, message: remedy === undefined ? message : say`${message} ${remedy}` });
}
