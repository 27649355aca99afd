import { openClipNames } from "../../src/checkpoint/original/open-clip.ts";
import type { Shape } from "../../src/tensor/index.ts";

/** The names and shapes that a text encoder of transformers has in an OpenCLIP tower, for checks of the way there and back. */
export function toOpenClipShapes(shapes: ReadonlyMap<string, Shape>, blocks: number): Map<string, Shape> {
  const { toOriginal } = openClipNames(blocks);
  const original = new Map<string, Shape>();
  for (const [name, shape] of shapes) {
    const [, block, projection, part] =
      /^text_model\.encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(weight|bias)$/.exec(name) ?? [];
    if (block !== undefined) {
      const joint = `transformer.resblocks.${block}.attn.in_proj_${part}`;
      if (projection === "q") original.set(joint, [3 * shape[0]!, ...shape.slice(1)]);
      continue;
    }
    const theirs = toOriginal(name);
    if (theirs !== null) original.set(theirs, shape);
  }
  return original;
}
