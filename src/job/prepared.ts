import type { EditJobOptions, Inversion, PlannedEdit } from "../edit/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { ClipOptions, MethodOptions, ModelOptions } from "../request/index.ts";
import type { Input, Size } from "./input.ts";

/** What every job on a clip or a saved inversion is asked. */
export interface InputRequest extends ClipOptions, ModelOptions, MethodOptions {
  readonly input: string;
  readonly source?: string | undefined;
  readonly captioner?: string | undefined;
}

/** What an inversion has settled, or will have, when an edit of it is planned. */
export type InversionTerms = Pick<Inversion, "prompt" | "steps" | "settings" | "nullText">;

/** What a job works on. */
export interface Prepared {
  readonly input: Input;
  readonly model: Model;
  readonly terms: InversionTerms;
  /** Pixels at which the model works. */
  readonly size: Size;
}

export interface CheckedEdit extends PlannedEdit {
  /** The options that `edit` takes to do this. */
  readonly options: EditJobOptions;
}
