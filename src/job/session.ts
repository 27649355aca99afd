import type { Report } from "./events.ts";

/** What a job needs of whoever asked for it. */
export interface Session {
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Has something ended when the job is over, however it ends. */
  defer(cleanup: () => unknown): void;
}
