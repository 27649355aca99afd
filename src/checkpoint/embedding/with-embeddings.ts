import { FateZeroError } from "../../errors.ts";
import { familyOfWidth } from "../families.ts";
import { bytesOfWeight } from "../read-weight.ts";
import type { Checkpoint, TextEmbedding } from "../types.ts";

function misfit(message: string): FateZeroError {
  return new FateZeroError(
    "embedding-mismatch",
    message,
    "Use an embedding that was trained on this kind of model.",
  );
}

function checkFit({ vectors, label }: TextEmbedding, { name, textEncoder }: Checkpoint): void {
  const [tokens, width] = vectors.shape as [number, number];
  const { hidden_size: own, max_position_embeddings: places = 77 } = textEncoder.config;
  if (width !== own) {
    throw misfit(
      `The embedding ${label} has vectors ${width} wide, as ${familyOfWidth(width)} has them; the text encoder of ${name} is ${own} wide.`,
    );
  }
  // The marks of begin and end take two of the places.
  if (typeof places === "number" && tokens > places - 2) {
    throw misfit(
      `The embedding ${label} takes ${tokens} tokens; the text encoder of ${name} reads ${places - 2}.`,
    );
  }
}

/**
 * Adds words to a checkpoint, after those it has. Their vectors, a few kilobytes, are read into memory; the encoder's
 * own table of tokens is not touched. Whether the words can be words is the tokenizer's matter (`withWords`).
 * Throws FateZeroError `embedding-mismatch` for vectors that are not as wide as the text encoder.
 */
export async function withEmbeddings(
  checkpoint: Checkpoint,
  embeddings: readonly TextEmbedding[],
): Promise<Checkpoint> {
  if (embeddings.length === 0) return checkpoint;
  const added: TextEmbedding[] = [];
  for (const embedding of embeddings) {
    checkFit(embedding, checkpoint);
    const location = { data: await bytesOfWeight(embedding.vectors) };
    added.push({ ...embedding, vectors: { ...embedding.vectors, location } });
  }
  return { ...checkpoint, embeddings: [...(checkpoint.embeddings ?? []), ...added] };
}
