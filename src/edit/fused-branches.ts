import {
  type FusedUNet,
  fusedUNet,
  maskName,
  regionName,
  type SelfFusion,
  type SourceName,
  sitesOfForm,
  sourceName,
  unseenName,
} from "../attention/index.ts";
import type { Branch, Denoiser, Prediction, SitePlan } from "../pipeline/index.ts";
import type { CrossFusion } from "../prompt/index.ts";
import { concat0, type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type DeepStep, deepVariant } from "./reuse-deep.ts";

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
  /** Parts of the picture with target prompts of their own. @default null: the whole sees that of `edit` */
  readonly regions?: FusedRegions | null;
  /** The hidden states [F, N, C] of the source at the fused blocks, where they are kept: its branch is then not computed. @default null */
  readonly sourceStates?: ReadonlyMap<SourceName, FloatTensor> | null;
  /** What is told or taken of the UNet's deep part. @default null: neither */
  readonly deep?: DeepStep | null;
}

/** The regions of a step, each in the same order. */
export interface FusedRegions {
  /** Text states [L, D]. */
  readonly texts: readonly FloatTensor[];
  readonly cross: readonly CrossFusion[];
  /** Shares [F, positions, R] by level, all levels. */
  readonly shares: ReadonlyMap<number, FloatTensor>;
  /** What the queries of each do not see, laid out alike. */
  readonly unseen: ReadonlyMap<number, FloatTensor>;
}

/** What a graph with these levels is fed of regions: rows of one tensor for all of them. */
function feedsOf(
  regions: FusedRegions | null,
  length: number,
  levels: ReadonlySet<number>,
): Record<string, FloatTensor> {
  if (!regions) return {};
  const { cross, shares, unseen } = regions;
  const here = (byLevel: FusedRegions["shares"]) => [...byLevel].filter(([level]) => levels.has(level));
  const rows = (of: (fusion: CrossFusion) => Float32Array, shape: readonly number[]): FloatTensor =>
    concat0(cross.map((fusion) => floatTensor([1, ...shape], of(fusion))));
  return {
    regionReplace: rows(({ A }) => A, [length, length]),
    regionKeep: rows(({ b }) => b, [length]),
    ...Object.fromEntries(here(shares).map(([level, share]) => [regionName(level), share])),
    ...Object.fromEntries(here(unseen).map(([level, hidden]) => [unseenName(level), hidden])),
  };
}

/** Predictions of (unconditional,) edit, with the source's attention fused in (attention/fused.ts). */
export async function denoiseFused(
  denoiser: Denoiser,
  { fused, all }: SitePlan,
  step: FusedStep,
  timestep: number,
  signal?: AbortSignal,
): Promise<Prediction> {
  const { source, unconditional, edit, cross, self, masks } = step;
  const { hides = false, regions = null, sourceStates = null, deep = null } = step;
  const fuses = ({ path }: { readonly path: string }): boolean => fused.has(path);
  const count = regions?.texts.length ?? 0;
  const { form, named, feature } = deepVariant(deep);
  const here = sitesOfForm(all, form);
  const [levels, lenders] = [new Set(here.map(({ level }) => level)), here.filter(fuses)];
  // The shallow part runs no source branch where none of its blocks fuses.
  const keptSource = sourceStates !== null || (form?.reuses === true && lenders.length === 0);
  const fusion = {
    self,
    fuses,
    hides,
    unconditional: unconditional !== null,
    regions: count,
    keptSource,
    form,
  };
  const length = cross.b.length;
  const byLevel = [...(masks ?? [])]
    .filter(([level]) => levels.has(level))
    .map(([level, mask]) => [maskName(level), mask] as const);
  const lent = sourceStates ? lenders.map(sourceName).map((name) => [name, sourceStates.get(name)!]) : [];
  return denoiser.by<FusedUNet>(
    {
      ...named(
        `fused ${self}${hides ? " hiding" : ""}${count > 0 ? ` of ${count} regions` : ""}${sourceStates ? " kept" : ""} ${fusion.unconditional}`,
      ),
      build: (component, options) => fusedUNet(component, options, fusion),
      feeds: {
        replace: floatTensor([length, length], cross.A),
        keep: floatTensor([length], cross.b),
        ...Object.fromEntries(byLevel),
        ...feedsOf(regions, length, levels),
        ...Object.fromEntries(lent),
      },
      ...feature,
      texts: { before: keptSource ? [source.text] : [], behind: regions?.texts ?? [] },
    },
    [...(keptSource ? [] : [source]), ...(unconditional ? [unconditional] : []), edit],
    timestep,
    signal,
  );
}
