import type { Component } from "../checkpoint/index.ts";
import { attendedCount } from "../frame-list.ts";
import {
  type Dim,
  type Graph,
  inNetwork,
  inputs,
  mulDims,
  type Port,
  port,
  slice,
  symbol,
  type Value,
} from "../graph/index.ts";
import {
  type AttentionSite,
  attentionSites,
  type GroupNormScope,
  type ParamsOptions,
  readParams,
  type SpatialAttention,
  unet,
  unetConfig,
} from "../model/index.ts";
import { type DeepForm, type DeepPorts, deepPorts, deepRecorder, sitesOfForm } from "./deep-feature.ts";
import { type AttendRule, framesOfSite } from "./frames.ts";
import { type FusionOptions, fusedAttention, type MaskName, maskPorts } from "./fused.ts";
import { type AttentionContext, plainAttention } from "./plain.ts";
import { type RegionPorts, regionPorts, rowOf } from "./regions.ts";
import { type SourceName, sourcePorts, stateRecorder } from "./source-states.ts";
import { wordMapRecorder } from "./word-maps.ts";

/** How the UNet of one job is computed; the same for its inversion and its edits. */
export interface UNetGraphOptions extends ParamsOptions {
  readonly attend: AttendRule;
  readonly groupNorm: GroupNormScope;
  /** Run temporal layers where the checkpoint has them. */
  readonly temporal: boolean;
  /** Tokens in a prompt. */
  readonly textLength: number;
  /** Blocks whose cross-attention makes the word maps. */
  readonly wordMapSites: readonly AttentionSite[];
  /** Every frame has a text of its own. @default false: a branch has one for all of its frames */
  readonly textPerFrame?: boolean;
}

/** `latents` [B, F, C, h, w], `timestep` [B], `text` [B, L, D] or [B·F, L, D]; `attendTo` [F, list] where a block attends across frames. */
export type UNetPorts = {
  readonly latents: Port<"float32">;
  readonly timestep: Port<"float32">;
  readonly text: Port<"float32">;
  readonly attendTo?: Port<"int64">;
};

/** `prediction` like `latents`; `wordMaps` [B, F, N, L] where blocks make them; hidden states [B, F, N, C] of blocks that record them; `deep` [B, F, C, H, W] where it is told. */
type UNetOutputs = {
  readonly prediction: Value;
  readonly wordMaps?: Value;
  readonly deep?: Value;
  readonly [states: SourceName]: Value;
};

export type PlainUNet = Graph<UNetPorts, UNetOutputs>;

/** One that may be fed the feature of its deep part. */
export type CutUNet = Graph<UNetPorts & DeepPorts, UNetOutputs>;

/**
 * Further inputs: `replace` [L, L], `keep` [L], and `maskN` [F, positions of level N] where self-attention is masked or keys are
 * hidden. With R regions `text` has R more rows, theirs, and there are `regionReplace` [R, L, L], `regionKeep` [R, L] and
 * `regionsN` [F, positions of level N, R], the shares of the regions. Where the source's hidden states are kept they are inputs
 * [F, positions, C], and `latents` and `timestep` are without its branch; `text` is not.
 */
export type FusedUNet = Graph<
  UNetPorts &
    DeepPorts & {
      readonly replace: Port<"float32">;
      readonly keep: Port<"float32">;
      readonly [mask: MaskName | SourceName]: Port<"float32">;
    } & RegionPorts,
  UNetOutputs
>;

/** The ports that every UNet graph of these options has; `texts` are the branches' and others that they look at. */
export function unetPorts(
  component: Component,
  options: UNetGraphOptions,
  branches: Dim,
  texts = branches,
): UNetPorts {
  const config = unetConfig(component);
  const frames = symbol("frames");
  const multiple = 2 ** (config.channels.length - 1);
  const counts = attentionSites(config).map((site) =>
    attendedCount(framesOfSite(options.attend, site.channels)),
  );
  const longest = Math.max(...counts);
  return {
    latents: port([
      branches,
      frames,
      config.inChannels,
      symbol("height", multiple),
      symbol("width", multiple),
    ]),
    timestep: port([branches]),
    text: port([options.textPerFrame ? mulDims(texts, frames) : texts, options.textLength, config.textWidth]),
    ...(longest > 0 ? { attendTo: port([frames, longest], "int64") } : {}),
  };
}

/**
 * Builds a UNet around any way of computing attention: a prediction like `latents`, the weights that are fed, and what
 * each block gives (`blocks`), for a backward pass that computes blocks again.
 */
export function buildUNet(
  component: Component,
  options: UNetGraphOptions,
  ports: UNetPorts & DeepPorts,
  attentionOf: (context: AttentionContext) => SpatialAttention,
  form: DeepForm | null = null,
): {
  readonly prediction: Value;
  readonly weights: Readonly<Record<string, Port>>;
  readonly blocks: readonly Value[];
  /** The feature of the deep part, where the form tells it. */
  readonly deep: Value | null;
} {
  const config = unetConfig(component);
  const { params, finish } = readParams(component, options);
  const { attendTo, deep: given, ...fed } = inputs(ports);
  const [branches, frames] = ports.latents.shape as readonly [Dim, Dim];
  const deep = deepRecorder(form, config.channels.length, frames, given ?? null);
  const attend = attendTo ? { rule: options.attend, to: attendTo } : null;
  const blocks: Value[] = [];
  const context = {
    frames,
    groupNorm: options.groupNorm,
    temporal: options.temporal,
    attention: attentionOf({ branches, frames, attend, textPerFrame: options.textPerFrame ?? false }),
    sites: new Map(attentionSites(config).map((site) => [site.path, site])),
    atBlock: (value: Value) => void blocks.push(value),
    ...deep.cut,
  };
  const prediction = inNetwork(component.label, () => unet(context, config, params, fed));
  // An image has no temporal layers to run, so an inflated checkpoint's are left over by intention.
  const isTemporal = (name: string): boolean => /_temporal\b/.test(name);
  const weights = finish((name) => (!options.temporal && isTemporal(name)) || deep.leavesOut(name));
  return { prediction, weights, blocks, deep: deep.result() };
}

const outputsOf = (prediction: Value, wordMaps: Value | null, deep: Value | null): UNetOutputs => ({
  prediction,
  ...(wordMaps ? { wordMaps } : {}),
  ...(deep ? { deep } : {}),
});

/** The blocks that make word maps: none where the shallow part runs alone, which has few or none of them. */
const mapSitesOf = ({ wordMapSites }: UNetGraphOptions, form: DeepForm | null): readonly AttentionSite[] =>
  form?.reuses ? [] : wordMapSites;

/**
 * The UNet of the inversion and of unfused edit steps, for any number of branches. The hidden states that enter the blocks
 * which `records` names are among its outputs. With a `form` it is cut in two (deep-feature.ts).
 */
export function plainUNet(
  component: Component,
  options: UNetGraphOptions,
  records: (site: AttentionSite) => boolean = () => false,
  form: DeepForm | null = null,
): CutUNet {
  const words = wordMapRecorder(mapSitesOf(options, form));
  const own = unetPorts(component, options, symbol("branches"));
  const ports = { ...own, ...deepPorts(form, unetConfig(component).channels, own.latents) };
  const [branches, frames] = ports.latents.shape as readonly [Dim, Dim];
  const states = stateRecorder({ branches, frames }, records);
  const attentionOf = (context: AttentionContext): SpatialAttention => ({
    ...plainAttention(context, words),
    enter: states.enter,
  });
  const { prediction, weights, deep } = buildUNet(component, options, ports, attentionOf, form);
  return {
    inputs: ports,
    outputs: { ...outputsOf(prediction, words.result(), deep), ...states.result() },
    weights,
  };
}

/** Whether a fused form runs the source's branch, where its states are not kept: the shallow part only to fuse from it. */
function runsSource(
  sites: readonly AttentionSite[],
  fuses: FusionOptions["fuses"],
  form: DeepForm | null,
): boolean {
  return !form?.reuses || sites.some(fuses);
}

/**
 * The UNet of a fused edit step: branches source, (unconditional,) edit. `prediction` leaves the source branch out;
 * `wordMaps` are the edit's own before replacement [1, F, N, L]. With a `form` it is cut in two (deep-feature.ts): the shallow
 * part has no source branch where none of its blocks is fused.
 */
export function fusedUNet(
  component: Component,
  options: UNetGraphOptions,
  fusion: Pick<FusionOptions, "self" | "fuses" | "hides"> & {
    readonly unconditional: boolean;
    /** How many parts of the picture have a target prompt of their own. @default 0 */
    readonly regions?: number;
    /** Whether the source's hidden states are fed where they enter the fused blocks, instead of computed. @default false */
    readonly keptSource?: boolean;
    readonly form?: DeepForm | null;
  },
): FusedUNet {
  const { form = null } = fusion;
  const words = wordMapRecorder(mapSitesOf(options, form));
  const branches = fusion.unconditional ? 3 : 2;
  const length = options.textLength;
  const { regions: count = 0 } = fusion;
  const config = unetConfig(component);
  const sites = sitesOfForm(attentionSites(config), form);
  const keptSource = (fusion.keptSource ?? false) || !runsSource(sites, fusion.fuses, form);
  const computed = keptSource ? branches - 1 : branches;
  const own = unetPorts(component, options, computed, branches + count);
  const ports = { ...own, ...deepPorts(form, config.channels, own.latents) };
  const levelsOf = (some: readonly AttentionSite[]): number[] => [...new Set(some.map(({ level }) => level))];
  const masked = fusion.hides ? sites : fusion.self === "masked" ? sites.filter(fusion.fuses) : [];
  const added = {
    replace: port([length, length]),
    keep: port([length]),
    ...maskPorts(levelsOf(masked), ports.latents),
    ...regionPorts(count, levelsOf(sites), length, ports.latents),
    ...(keptSource ? sourcePorts(sites.filter(fusion.fuses), ports.latents) : {}),
  };
  // Each of what is left is looked up by its own name.
  const { replace, keep, regionReplace, regionKeep, ...fed } = inputs(added);
  const fusions =
    regionReplace && regionKeep
      ? Array.from({ length: count }, (_, r) => ({
          replace: rowOf(regionReplace, r),
          keep: rowOf(regionKeep, r),
        }))
      : [];
  const regions = count > 0 ? { fusions, shares: fed, unseen: fed } : null;
  const lastUse = sites.findLast(fusion.fuses)?.path ?? null;
  const source = keptSource ? fed : null;
  const attentionOf = (context: AttentionContext): SpatialAttention =>
    fusedAttention(
      { ...context, branches },
      { ...fusion, lastUse, source, replace, keep, masks: fed, regions },
      words,
    );
  const { prediction, weights, deep } = buildUNet(component, options, ports, attentionOf, form);
  const given = prediction.shape[0] as number;
  return {
    inputs: { ...ports, ...added },
    outputs: outputsOf(slice(prediction, 0, given - (branches - 1), given), words.result(), deep),
    weights,
  };
}
