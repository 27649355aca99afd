import { defined } from "../defined.ts";
import type { HandMaskOptions } from "../request/index.ts";

/** The files that masks and regions name. */
export function maskPaths({ mask, protect, regions = [] }: HandMaskOptions): readonly string[] {
  return [mask, protect, ...regions.map((region) => region.mask)].filter((path) => path !== undefined);
}

/** Masks and regions whose files have other paths, given for each and what names it. */
export async function mapMaskPaths(
  masks: HandMaskOptions,
  pathOf: (path: string, field: string) => Promise<string>,
): Promise<HandMaskOptions> {
  const moved = async (path: string | undefined, field: string): Promise<string | undefined> =>
    path === undefined ? undefined : await pathOf(path, field);
  const regions = [];
  for (const [index, region] of (masks.regions ?? []).entries())
    regions.push({ ...region, ...defined({ mask: await moved(region.mask, `regions.${index}.mask`) }) });
  return {
    ...masks,
    ...defined({ mask: await moved(masks.mask, "mask"), protect: await moved(masks.protect, "protect") }),
    ...(masks.regions ? { regions } : {}),
  };
}
