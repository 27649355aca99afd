import type { Text } from "../say.ts";

/** The vocabulary of this folder: what comes in (`EditOptions`) and what goes out (`EditPlan`). */

/** What an edit changes (paper §4): the whole picture's look, a thing's looks, the thing itself, or what is around it. */
export type EditKind = "style" | "attribute" | "shape" | "background";

/** A word that stands for vectors of its own, which textual inversion found. */
export interface AddedWord {
  readonly word: string;
  /** Its token ids, above those of the vocabulary: one for each vector. */
  readonly ids: readonly number[];
}

/** A CLIP-style byte-level BPE tokenizer. Plain data and pure functions; nothing in it is tied to 49,408 tokens or 77 places. */
export interface Tokenizer {
  /** Places the text encoder reads, begin and end marks included. */
  readonly maxLength: number;
  readonly bos: number;
  readonly eos: number;
  readonly pad: number;
  /** One more than the largest id. */
  readonly vocabSize: number;
  /** Words added by `withWords`. */
  readonly words?: readonly AddedWord[];
  /** `bos … eos`: neither cut nor padded. */
  encode(text: string): number[];
  /** The text of one token; the end-of-word mark is a trailing blank, half a character is U+FFFD. */
  decodeToken(id: number): string;
}

/**
 * When fusion runs: the share of the steps, from the noisiest on (0.8 = the first 80 %), or `[from, to]` as shares.
 * The paper writes the timestep at which fusion *ends*: this is 1 − t_s/T and 1 − t_c/T.
 */
export type FusionWindow = number | readonly [from: number, to: number];

/** A word as the caller writes it, or its index among the blank-separated words. */
export type WordName = string | number;

/** Words with a value each: a plain object, or entries where order, repetition or word indices matter. */
export type WordTable<T> = Readonly<Record<string, T>> | readonly (readonly [word: WordName, value: T])[];

/** A word of the target prompt and the factor of its attention. */
export type Amplification = readonly [word: WordName, factor: number];

/** Cross-attention windows by word of the target prompt; `default_` speaks for all others. */
export type CrossSteps = FusionWindow | WordTable<FusionWindow>;

/** Words whose attention makes the blend mask. `target` is used by the latent blend only. */
export interface MaskWords {
  readonly source: readonly WordName[];
  readonly target?: readonly WordName[] | undefined;
}

export interface EditOptions {
  /** The sentence that describes the video as it is. */
  readonly source: string;
  /** The sentence that describes the video as it shall be. */
  readonly target: string;
  /** DDIM steps T. */
  readonly steps: number;
  /** Steps whose self-attention is fused (paper: 1 − t_s/T). @default 0.8 */
  readonly selfSteps?: FusionWindow | undefined;
  /** Steps whose cross-attention is fused (paper: 1 − t_c/T). @default 0.7 */
  readonly crossSteps?: CrossSteps | undefined;
  /** How target words find their source words. @default "auto" */
  readonly method?: "auto" | "replace" | "refine" | undefined;
  /** Words of the target and the factor their attention is multiplied with while their window is open. */
  readonly amplify?: WordTable<number> | undefined;
  /**
   * "auto": the words that the difference of the prompts points at. The released code finds none by itself, so that in compat
   * "auto" is "none".
   * @default "auto"
   */
  readonly maskWords?: MaskWords | "auto" | "none" | undefined;
  /** `"fatezero"`: the released code to the number, its quirks included. */
  readonly compat?: "fatezero" | undefined;
}

/** Options of a plan as the released code makes it. */
export interface ReleasedOptions extends EditOptions {
  readonly compat: "fatezero";
}

/** One cross-attention fusion, L×L and L for L = `tokenizer.maxLength`: `c_fused[n] = Σ_w c_src[w]·A[w·L + n] + c_edit[n]·b[n]`. */
export interface CrossFusion {
  readonly A: Float32Array;
  readonly b: Float32Array;
}

/** What one denoising step does. Steps that fuse alike share one `CrossFusion` object. */
export interface EditStep {
  /** `null`: the edit keeps its own cross-attention. */
  readonly cross: CrossFusion | null;
  /** Whether self-attention is fused. */
  readonly self: boolean;
}

export interface PlanPrompt {
  readonly text: string;
  /** Padded (in compat also cut) to L. */
  readonly ids: readonly number[];
  /** Ids that are the sentence's own, begin and end mark included. */
  readonly count: number;
}

/** The words that make the blend mask. No tokens: the mask is 0 everywhere, so the source's attention replaces all. */
export interface PlanMask {
  /** Token positions (begin mark = 0), ascending. */
  readonly sourceTokens: readonly number[];
  readonly targetTokens: readonly number[];
  readonly sourceWords: readonly string[];
  readonly targetWords: readonly string[];
}

export interface PlanWarning {
  readonly code: string;
  /** In pieces that name fields of a request, where it names some. */
  readonly message: Text;
}

/** The numbers that a plan is made from, L = `tokenizer.maxLength`. */
export interface PlanControl {
  readonly method: "replace" | "refine";
  /** L×L: how much target token n (column) takes from source token w (row). */
  readonly map: Float32Array;
  /** L: 1 where target token n follows the source, 0 where it keeps the edit's own attention. */
  readonly alphas: Float32Array;
  /** Refine only. L: source position of each target position, −1 where there is none. */
  readonly mapper: Int32Array | null;
  /** `rows`×L of 0 and 1: row i is the window of step i (T rows; in compat T + 1, the last one unused). */
  readonly crossWindows: Float32Array;
  readonly rows: number;
  /** Self-attention is fused in the steps from the first (included) to the second (excluded). */
  readonly selfWindow: readonly [from: number, to: number];
  /** L: factor per target token. */
  readonly equalizer: Float32Array;
}

/** Everything an edit needs to know of the two sentences: data only. */
export interface EditPlan {
  readonly source: PlanPrompt;
  readonly target: PlanPrompt;
  /** L. */
  readonly length: number;
  readonly method: "replace" | "refine";
  /** T steps, the noisiest first. */
  readonly steps: readonly EditStep[];
  readonly mask: PlanMask;
  /** L: factor per target token. */
  readonly amplification: Float32Array;
  /** The largest of 1 and the factors. */
  readonly maxAmplification: number;
  readonly control: PlanControl;
  /** What the edit changes; in compat always "attribute", since the released code knows no kinds. */
  readonly kind: EditKind;
  readonly warnings: readonly PlanWarning[];
  /** Two lines for a person: which words change and how, and what kind of edit that is. In compat the mask words, too. */
  readonly explanation: string;
  /** One line on the words of the mask, to be said where a mask is used. In compat "". */
  readonly maskNote: string;
}

/** What the two readings of the method (ours and the released code's) have to find out. */
export type PlanParts = Pick<
  EditPlan,
  "kind" | "source" | "target" | "mask" | "control" | "warnings" | "explanation" | "maskNote"
>;
