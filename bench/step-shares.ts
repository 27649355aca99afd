/** How many multiplications steps of an edit are, by the shapes of their graphs: what an approximation saves of models that are not there. */
import {
  fusedUNet,
  MAX_FUSED_POSITIONS,
  plainUNet,
  positionsOf,
  type UNetGraphOptions,
} from "../src/attention/index.ts";
import type { Component } from "../src/checkpoint/index.ts";
import { unetConfig } from "../src/model/index.ts";
import { SD1, unetShapes } from "../test/support/true-shapes.ts";
import { printTable } from "./clip.ts";
import { multiplications } from "./multiplications.ts";

/** Stable Diffusion 1.x's UNet, by the names and shapes of its weights. */
function stableDiffusion(): Component {
  const location = { file: "none", offset: 0, length: 0 };
  const weights = [...unetShapes(SD1.unet)].map(
    ([name, shape]) => [name, { dtype: "float32", shape, location }] as const,
  );
  return { label: "Stable Diffusion 1.x", config: SD1.unet, weights: new Map(weights) };
}

/** What steps without guidance and shallow ones are of a whole guided step, of `tinytown` and of Stable Diffusion's UNet. */
export function printShares(tinytown: Component): void {
  const rows = [
    { title: "tinytown, 128×128", component: tinytown, side: 16, keptSource: true },
    { title: "tinytown, 512×512", component: tinytown, side: 64, keptSource: false },
    { title: "Stable Diffusion 1.x, 512×512", component: stableDiffusion(), side: 64, keptSource: false },
  ].map(({ title, component, side, keptSource }) => {
    const least = side / 2 ** (unetConfig(component).channels.length - 1);
    const sizes = { frames: 8, height: least, width: least, branches: 2 };
    const options: UNetGraphOptions = {
      ...{ attend: { frames: [0, "mid"] }, groupNorm: "frame", temporal: true },
      ...{ textLength: 77, wordMapSites: [] },
    };
    const fused = (unconditional: boolean, level: number | null): number => {
      const fuses = (site: Parameters<typeof positionsOf>[0]): boolean =>
        positionsOf(site, side, side) <= MAX_FUSED_POSITIONS;
      const form = level === null ? null : { level, reuses: true };
      const graph = fusedUNet(component, options, { self: "masked", fuses, unconditional, keptSource, form });
      return multiplications(graph, sizes);
    };
    const plain = (level: number | null): number => {
      const form = level === null ? null : { level, reuses: true };
      return multiplications(
        plainUNet(component, options, () => false, form),
        sizes,
      );
    };
    const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`;
    const whole = fused(true, null);
    return [
      title,
      share(fused(false, null), whole),
      ...[1, 2].flatMap((level) => [share(fused(true, level), whole), share(plain(level), plain(null))]),
    ];
  });
  printTable([
    ["multiplications of", "fused, unguided", "fused, cut at 1", "unfused", "fused, cut at 2", "unfused"],
    ...rows,
  ]);
}
