/** Everything between two sentences and an `EditPlan`: tokens, words, alignment, masks. Knows no devices, models or video. */
export { withWords } from "./added-words.ts";
export { captionOf } from "./caption-form.ts";
export { checkLength, overflowText, padIds } from "./pad.ts";
export { buildEditPlan } from "./plan.ts";
export { type EditChange, type EditReading, readEdit } from "./reading/index.ts";
export { type RefineMap, refineMap } from "./refine-map.ts";
export { fixText, releasedTokenizer } from "./released/fix-text.ts";
export {
  entryOfKnobs,
  knobsFromP2p,
  type P2pKnobs,
  type P2pSettings,
  planOptionsFromP2p,
  releasedKnobs,
} from "./released/p2p.ts";
export { type ReleasedReplaceMap, releasedReplaceMap } from "./released/replace-map.ts";
export { tokensOfWord } from "./released/word-tokens.ts";
export { type RemainingSentence, removeWords } from "./remove-words.ts";
export { replaceThing } from "./replace-thing.ts";
export { findWord, type Segment, segmentPrompt, tokensOf } from "./segments.ts";
export { createTokenizer } from "./tokenizer.ts";
export type {
  AddedWord,
  Amplification,
  CrossFusion,
  CrossSteps,
  EditKind,
  EditOptions,
  EditPlan,
  EditStep,
  FusionWindow,
  MaskWords,
  PlanControl,
  PlanMask,
  PlanPrompt,
  PlanWarning,
  ReleasedOptions,
  Tokenizer,
  WordName,
  WordTable,
} from "./types.ts";
export { readWeights, type WeightedPrompt, withoutWeights } from "./weights.ts";
export { crossStepsOf, nearestStep, stepRange, type WordWindows, wordWindows } from "./windows.ts";
export { type AlignedWord, wordAlignment } from "./word-alignment.ts";
export { createWordPieces, type WordPieces } from "./word-pieces.ts";
