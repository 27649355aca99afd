export { type NullTextOptions, nullText, nullTextGuidance } from "./null-text.ts";
export { objectiveOf } from "./objective.ts";
export { learningRate, optimizeStep } from "./optimize-step.ts";
