import { type FusedUNet, fusedUNet, maskName, type SelfFusion } from "../attention/index.ts";
import type { Branch, Denoiser, Prediction, SitePlan } from "../pipeline/index.ts";
import type { CrossFusion } from "../prompt/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";

/** The branches of a step in which something is fused, and what. */
export interface FusedStep {
  readonly source: Branch;
  /** Null without guidance. */
  readonly unconditional: Branch | null;
  readonly edit: Branch;
  readonly cross: CrossFusion;
  readonly self: SelfFusion;
  /** Self-attention masks by level, [F, positions]; only for `self: "masked"`, and where it hides. */
  readonly masks?: ReadonlyMap<number, FloatTensor>;
  /** Whether no query of the edit sees what lies inside the mask. @default false */
  readonly hides?: boolean;
}

/** Predictions of (unconditional,) edit, with the source's attention fused in (attention/fused.ts). */
export async function denoiseFused(
  denoiser: Denoiser,
  { fused }: SitePlan,
  { source, unconditional, edit, cross, self, masks, hides = false }: FusedStep,
  timestep: number,
  signal?: AbortSignal,
): Promise<Prediction> {
  const fuses = ({ path }: { readonly path: string }): boolean => fused.has(path);
  const fusion = { self, fuses, hides, unconditional: unconditional !== null };
  const length = cross.b.length;
  const byLevel = [...(masks ?? [])].map(([level, mask]) => [maskName(level), mask] as const);
  return denoiser.by<FusedUNet>(
    {
      name: `fused ${self}${hides ? " hiding" : ""} ${fusion.unconditional}`,
      build: (component, options) => fusedUNet(component, options, fusion),
      feeds: {
        replace: floatTensor([length, length], cross.A),
        keep: floatTensor([length], cross.b),
        ...Object.fromEntries(byLevel),
      },
    },
    unconditional ? [source, unconditional, edit] : [source, edit],
    timestep,
    signal,
  );
}
