import type { TextEmbedding } from "../checkpoint/index.ts";
import { add, cast, concat, constant, gather, mul, type Value, weight } from "../graph/index.ts";

/**
 * Words of textual inversion (Gal et al. 2022) in the text encoder. Its own table of tokens stays mapped and as it is;
 * the words' vectors are a small table beside it.
 */

/**
 * Puts the vectors of added words in the place of the vocabulary's: states [B, L, width] of the vocabulary's tokens,
 * `added` [B, L] int64, which is 0 for those and else 1 + the number of the added token.
 */
export function putAddedWords(embeddings: readonly TextEmbedding[], states: Value, added: Value): Value {
  const width = states.shape.at(-1) as number;
  const vectors = embeddings.map(({ word, vectors: { dtype, shape, location } }, i) =>
    cast(weight(`word_${i}.${word}`, dtype, shape, location), "float32"),
  );
  const count = embeddings.reduce((sum, { vectors: { shape } }) => sum + shape[0]!, 0);
  // Row 0 of both tables is for the vocabulary's tokens: they are kept, and nothing is added.
  const table = concat([constant([1, width], new Float32Array(width)), ...vectors], 0);
  const keep = constant(
    [1 + count, 1],
    Float32Array.from({ length: 1 + count }, (_, row) => (row === 0 ? 1 : 0)),
  );
  return add(mul(states, gather(keep, added, 0)), gather(table, added, 0));
}
