import type { Dim, Value } from "../../graph/index.ts";
import type { DeepCut } from "./deep.ts";
import type { AttentionSite } from "./sites.ts";

/** How the UNet's spatial attention is computed. The network projects, this decides who attends to what. */
export interface SpatialAttention {
  /**
   * What a block takes in, hidden states [B·F, N, C]: the same, or with further first branches, which `cross` leaves out again.
   * @default the same
   */
  enter?(site: AttentionSite, states: Value): Value;
  /** Self-attention: q, k, v [B·F, N, C] → [B·F, N, C]. */
  self(site: AttentionSite, q: Value, k: Value, v: Value): Value;
  /**
   * Cross-attention: q [B·F, N, C], k and v [B, L, C] of the prompts, or [B·F, L, C] → [B·F, N, C]. It may leave out the
   * first branches of what it gives: from there on the network is computed for the others alone. `k` and `v` are always
   * those of all prompts.
   */
  cross(site: AttentionSite, q: Value, k: Value, v: Value): Value;
}

/** Whose pixels a ResNet block's GroupNorm takes its statistics over: each frame's, or the whole clip's. */
export type GroupNormScope = "frame" | "clip";

/** What all layers of one UNet graph share. */
export interface UNetContext {
  readonly frames: Dim;
  readonly groupNorm: GroupNormScope;
  /** Whether temporal layers run where the checkpoint has them (off for images in the released code). */
  readonly temporal: boolean;
  readonly attention: SpatialAttention;
  readonly sites: ReadonlyMap<string, AttentionSite>;
  /** Told what each block gives, in the order in which they run: where a backward pass may cut the network. */
  readonly atBlock?: (value: Value) => void;
  /** Where it is cut in two; absent where it is computed in one. */
  readonly deep?: DeepCut;
}
