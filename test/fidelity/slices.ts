import { buildUNet, maskPorts, positionsOf, type SelfFusion, unetPorts } from "../../src/attention/index.ts";
import { constant, type Graph, gather, inputs, port, type Value } from "../../src/graph/index.ts";
import type { AttentionSite } from "../../src/model/index.ts";
import { type MapListener, sourceMapAttention, storedMapAttention } from "../reference/stored-maps.ts";
import type { Bench } from "./bench.ts";
import { fusedSites } from "./masks.ts";

/** A stored part of an attention map: every `stride`-th query of the `index`-th fused block of its place. */
export interface Slice {
  readonly name: string;
  readonly run: "inv" | "edit";
  readonly step: number;
  readonly place: AttentionSite["place"];
  readonly kind: "self" | "cross";
  readonly index: number;
  /** The source's map, or the edit's before and after fusion. */
  readonly stage: "source" | "pre" | "post";
  readonly stride: number;
}

const NAME =
  /^(inv|edit)_attn\/step(\d+)\/(down|mid|up)_(self|cross)\/(\d+)(?:\/(pre|post))?(?:@qstride(\d+))?$/;

/** Reads a slice from its tensor's name; null for other tensors. */
export function parseSlice(name: string): Slice | null {
  const match = NAME.exec(name);
  if (!match) return null;
  const [, run, step, place, kind, index, stage, stride] = match;
  return {
    name,
    run: run as Slice["run"],
    step: Number(step),
    place: place as Slice["place"],
    kind: kind as Slice["kind"],
    index: Number(index),
    stage: (stage ?? "source") as Slice["stage"],
    stride: Number(stride ?? 1),
  };
}

/** What a slice is called among the outputs of its graph, which serves every step. */
export function outputOf({ place, kind, index, stride }: Slice, stage: "source" | "pre"): string {
  return `${place}_${kind}_${index}_${stage}_${stride}`;
}

/** The block that a slice is of; undefined where our UNet has none such. */
export function siteOf(sites: readonly AttentionSite[], { place, index }: Slice): AttentionSite | undefined {
  return sites.filter((site) => site.place === place)[index];
}

/** A UNet that materialises its attention maps, and gives those slices of the source's and the edit's own. */
export function sliceGraph(
  bench: Bench,
  slices: readonly Slice[],
  self: SelfFusion,
  [height, width]: readonly [number, number],
): Graph {
  const { model, method, plan } = bench;
  const sites = fusedSites(bench, height, width);
  const isFused = new Set(sites.map((site) => site.path));
  const fuses = (site: AttentionSite): boolean => isFused.has(site.path);
  const outputs: Record<string, Value> = {};
  const listener: MapListener = (site, kind, stage, map) => {
    for (const slice of slices) {
      if (slice.kind !== kind || siteOf(sites, slice)?.path !== site.path) continue;
      const count = Math.ceil(positionsOf(site, height, width) / slice.stride);
      const queries = BigInt64Array.from({ length: count }, (_, i) => BigInt(i * slice.stride));
      outputs[outputOf(slice, stage)] = gather(map, constant([count], queries), 2);
    }
  };
  const length = plan.length;
  const component = model.checkpoint.unet;
  const options = { ...method, temporal: true, textLength: length, wordMapSites: [] };
  if (slices[0]?.run !== "edit") {
    const ports = unetPorts(component, options, 1);
    buildUNet(component, options, ports, (context) => sourceMapAttention(context, fuses, listener));
    return { inputs: ports, outputs };
  }
  const ports = unetPorts(component, options, 2);
  const levels = self === "masked" ? [...new Set(sites.map(({ level }) => level))] : [];
  const added = {
    replace: port([length, length]),
    keep: port([length]),
    ...maskPorts(levels, ports.latents),
  };
  const { replace, keep, ...masks } = inputs(added);
  const fusion = { self, fuses, replace, keep, masks };
  buildUNet(component, options, ports, (context) =>
    storedMapAttention({ ...context, branches: 2 }, fusion, listener),
  );
  return { inputs: { ...ports, ...added }, outputs };
}
