import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { randomSource } from "../../tensor/index.ts";
import { listImages } from "../../video/index.node.ts";
import type { RankCell, RankInput } from "./rank-input.ts";

/** A cell whose methods stand under neutral letters. */
export interface BlindCell {
  readonly cell: RankCell;
  /** The method of each letter, A first. */
  readonly order: readonly string[];
}

/** Letters of the page's name. */
const ID_LENGTH = 24;

/** The letter of a place. */
export const letterOf = (place: number): string => String.fromCharCode("A".charCodeAt(0) + place);

/** Gives every method of every cell a letter, in an order that follows from the seed (Fisher & Yates). */
export function blind({ methods, cells }: Pick<RankInput, "methods" | "cells">, seed: number): BlindCell[] {
  return cells.map((cell, c) => {
    const { below } = randomSource(seed, "rank", c, cell.clip, cell.edit);
    const order = methods.filter((method) => Object.hasOwn(cell.results, method));
    for (let i = order.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return { cell, order };
  });
}

/**
 * A name for what a page shows and in which order: the same for the same seed, sentences and files of frames, another one if any of
 * them is. It tells nothing of them.
 */
export async function idOf(cells: readonly BlindCell[], seed: number): Promise<string> {
  const hash = createHash("sha256").update(`${seed}\n`);
  for (const { cell, order } of cells) {
    const { clip, edit, source, target, results, sourceFrames } = cell;
    hash.update(`${JSON.stringify([clip, edit, source, target, order])}\n`);
    for (const folder of [sourceFrames, ...order.map((method) => results[method]!)]) {
      for (const file of await listImages(folder, {}))
        hash.update(
          createHash("sha256")
            .update(await readFile(file))
            .digest(),
        );
      hash.update("\n");
    }
  }
  return hash.digest("hex").slice(0, ID_LENGTH);
}
