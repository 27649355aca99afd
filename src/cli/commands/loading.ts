import { asPhase } from "../../job/as-phase.ts";
import type { Session } from "../../job/session.ts";

/** Loads what a command runs, and tells so: on a slow disk it takes seconds. */
export function loading<M>({ report }: Session, modules: () => Promise<M>): Promise<M> {
  return asPhase(report, "load", modules);
}
