import type { loadModel } from "../pipeline/index.node.ts";
import type { Report } from "./events.ts";

/** What a job needs of whoever asked for it. */
export interface Session {
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Has something ended when the job is over, however it ends. */
  defer(cleanup: () => unknown): void;
  /** Where models come from, of a caller that keeps them open between jobs; without it a job loads its own and ends it. */
  readonly loadModel?: typeof loadModel;
}
