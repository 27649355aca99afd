import type { Kind } from "../harness.ts";
import { ENDS } from "./ends.ts";
import { CLIP_BYTES, INVERSIONS } from "./files.ts";
import { HUB } from "./hub.ts";
import { MODELS } from "./models.ts";
import { CONFIG_TEXT, OPTIONS, PAIRS, PRINTED, PROMPTS } from "./texts.ts";

/** All kinds, with how many cases of each an ordinary test run tries. */
export const KINDS: readonly (readonly [kind: Kind, inTests: number])[] = [
  [CLIP_BYTES, 30],
  [INVERSIONS, 100],
  [MODELS, 15],
  [CONFIG_TEXT, 60],
  [PAIRS, 60],
  [PROMPTS, 15],
  [OPTIONS, 100],
  [PRINTED, 300],
  [HUB, 6],
  [ENDS, 1],
];
