import type { StateStore } from "../resume/index.ts";
import type { TuneEvent } from "../tune/index.ts";
import type { AtlasEvent } from "./atlas/index.ts";

/** What every method of comparison is told: what it shares with `invert` and `edit`. */
export interface BaselineOptions {
  /** What the video shows. */
  readonly source: string;
  /** What it should show instead. */
  readonly target: string;
  /** What it should not show. @default "" */
  readonly negative?: string;
  /** Guidance scale s. @default as for an edit of the same kind, 7.5 for Stable Diffusion */
  readonly guidance?: number;
  /** DDIM steps T. @default 50 */
  readonly steps?: number;
  /** Pixels of the shorter side. @default the model's own size */
  readonly size?: number;
  /** What all that is drawn at random follows from. @default 0 */
  readonly seed?: number;
  /** Keeps the state of the work: the same job goes on where an earlier one stopped, with the same numbers. @default none */
  readonly store?: StateStore;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** What a method of comparison yields while it runs. */
export type BaselineEvent = TuneEvent | AtlasEvent;
