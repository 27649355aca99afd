/** Everything between two sentences and an `EditPlan`: tokens, words, alignment, masks. Knows no devices, models or video. */
export { withWords } from "./added-words.ts";
export { fixText, releasedTokenizer } from "./fix-text.ts";
export { knobsFromP2p, type P2pKnobs, type P2pSettings, planOptionsFromP2p } from "./p2p.ts";
export { overflowText, padIds } from "./pad.ts";
export { buildEditPlan, type ReleasedOptions } from "./plan.ts";
export { type EditChange, type EditReading, readEdit } from "./reading/index.ts";
export { type RefineMap, refineMap } from "./refine-map.ts";
export { type ReleasedReplaceMap, releasedReplaceMap } from "./replace-map.ts";
export { type Segment, segmentPrompt } from "./segments.ts";
export { createTokenizer, type TokenizerFiles } from "./tokenizer.ts";
export type {
  AddedWord,
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
  Tokenizer,
  WordName,
  WordTable,
} from "./types.ts";
export { readWeights, type WeightedPrompt } from "./weights.ts";
export { tokenRow, tokensOfWord } from "./word-tokens.ts";
