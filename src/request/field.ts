import type { FrameList } from "../frame-list.ts";
import type { Windowing } from "../frame-window.ts";
import type { Scenes } from "../pipeline/index.ts";
import type { Amplification, CrossSteps, FusionWindow, MaskWords } from "../prompt/index.ts";
import type { Text } from "../say.ts";
import type { HandMaskOptions, ModelOptions, Sweep } from "./options.ts";
import type { RequestKind } from "./types.ts";

/** What a field holds, and which of it is allowed. Its reader and writer stand in values/. */
export type FieldType =
  | {
      readonly kind: "number";
      readonly least: number;
      readonly most?: number;
      /** `least` itself is refused. */
      readonly above?: true;
      readonly whole?: true;
      /** What is counted or measured. */
      readonly unit?: string;
      /** It is a number of gigabytes, which may be written as 800MB, too. */
      readonly bytes?: true;
      /** What the option says without a number. */
      readonly bare?: number;
    }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly flagged?: string }
  | { [K in Exclude<keyof PlainValues, "number">]: { readonly kind: K } }[Exclude<
      keyof PlainValues,
      "number"
    >];

/** Values of the kinds that allow all of a type. */
interface PlainValues {
  /** A sentence. */
  readonly text: string;
  /** A path or a name. */
  readonly path: string;
  readonly time: string;
  readonly crop: string;
  readonly colour: string;
  readonly number: number;
  readonly flag: boolean;
  readonly frames: FrameList;
  readonly scenes: Scenes;
  readonly frameWindow: Windowing;
  readonly window: FusionWindow;
  readonly windows: CrossSteps;
  readonly maskWords: MaskWords | "auto" | "none";
  readonly factors: readonly Amplification[];
  readonly loras: NonNullable<ModelOptions["lora"]>;
  readonly embeddings: NonNullable<ModelOptions["embeddings"]>;
  readonly regions: NonNullable<HandMaskOptions["regions"]>;
  /** A sentence, or several with an edit each. */
  readonly targets: string | readonly string[];
  readonly sweeps: readonly Sweep[];
  /** Names, none of which holds a comma. */
  readonly names: readonly string[];
  /** Sentences. */
  readonly texts: readonly string[];
  readonly paths: readonly string[];
}

/** The value that a type describes. */
export type ValueOf<T extends FieldType> = T extends {
  readonly kind: "choice";
  readonly choices: readonly (infer C)[];
}
  ? C
  : T extends { readonly kind: infer K extends keyof PlainValues }
    ? PlainValues[K]
    : never;

/** Headings of the help, in the order in which they stand there. */
export const GROUPS = [
  "Input",
  "Prompts",
  "Output",
  "Seeing",
  "In place of the config's",
  "Which frames",
  "How much changes",
  "Training",
  "Method",
  "Other",
] as const;
export type Group = (typeof GROUPS)[number];

/**
 * Without what a field does nothing, so that giving it is a mistake: frames that are still to be read, an inversion that is
 * still to be made, …
 */
export type Need =
  | "clip"
  | "inverting"
  | "presets"
  | "mask"
  | "guidance"
  | "largeLayers"
  | "fusion"
  | "saveMaps"
  | "nullText"
  | "classImages"
  | "thenEdit"
  | "samples"
  | "live"
  /** The whole result, where a preview writes one picture. */
  | "result";

/** What may be another one in one of the requests. */
interface Wording {
  readonly group: Group;
  /** One sentence without a stop. */
  readonly help: Text;
  readonly default?: string | number | boolean;
  /** The default in words, where it is no single value. */
  readonly otherwise?: Text;
  /** What the paper calls it. */
  readonly symbol?: string;
  /** As commander writes it, `-s, --source <prompt>`; `<input>` is an argument by its place. */
  readonly flag: string;
  readonly type: FieldType;
}

/** One thing that a person can ask for. */
export interface Field extends Wording {
  /** The option that switches off what is on by default or by a preset. */
  readonly off?: { readonly flag: string; readonly help: string };
  /** Where a config has it (several places: by mode), or why it has none. */
  readonly yaml: string | readonly string[] | { readonly none: string };
  /** What docs/configs.md adds to the option's name. */
  readonly yamlNote?: string;
  /** The requests that have it. */
  readonly in: readonly RequestKind[];
  /** Those that cannot do without. */
  readonly required?: readonly RequestKind[];
  /** Fields in whose place it stands: a request without it needs all of them. */
  readonly insteadOf?: readonly string[];
  readonly needs?: readonly Need[];
  readonly per?: Partial<Record<RequestKind, Partial<Wording>>>;
}

export type Fields = Readonly<Record<string, Field>>;
