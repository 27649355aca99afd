import type { EditJobOptions, Inversion, PlannedEdit } from "../edit/index.ts";
import type { Windowing } from "../frame-window.ts";
import type { Model, Scenes } from "../pipeline/index.ts";
import type {
  ClipOptions,
  MethodOptions,
  ModelOptions,
  SceneOptions,
  WindowOptions,
} from "../request/index.ts";
import type { Input, Size } from "./input.ts";

/** What every job on a clip or a saved inversion is asked. */
export interface InputRequest extends ClipOptions, ModelOptions, MethodOptions, SceneOptions, WindowOptions {
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
  /** Where the scenes of a clip are, as far as that is known before it is read; `off` of a saved inversion, which knows its own. */
  readonly scenes: Scenes;
  /** The windows of a clip as they are asked for; which it has is known when it is read. */
  readonly window: Windowing;
  /** Bytes that are free on the card of the model's device, where it has its own and that is known. */
  readonly cardBytes?: number | null;
  /** Whether the inversion keeps what makes its edits faster: not where memory is short. @default what `invert` has */
  readonly keepSource?: boolean | undefined;
}

export interface CheckedEdit extends PlannedEdit {
  /** The options that `edit` takes to do this. */
  readonly options: EditJobOptions;
}
