import type { Bench } from "../bench.ts";
import { equalRow, type Row } from "../rows.ts";

/** Which of the reference's controllers was chosen: replace or refine, and reweight around it. */
function controllerRow({ plan, stored }: Bench): Row[] {
  const expected = stored.text("ctrl/prev_class") ?? stored.text("ctrl/class");
  if (expected === undefined) return [];
  const ours = plan.method === "replace" ? "AttentionReplace" : "AttentionRefine";
  return [
    {
      quantity: "controller",
      compared: "1 value",
      worst: ours === expected ? "equal" : `${ours}, not ${expected}`,
      mark: "equal",
      verdict: ours === expected ? "ok" : "MISS",
    },
  ];
}

/** The reference's `alpha_layers`: a row of `length` that is 1 at the given token positions and 0 elsewhere. */
const tokenRow = (tokens: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, token) => (tokens.includes(token) ? 1 : 0));

/** Everything that follows from the two prompts and the options alone: it must be equal. */
export async function checkPrompts(bench: Bench): Promise<Row[]> {
  const { plan, stored } = bench;
  const { control, mask, length } = plan;
  const maskWords = [mask.sourceTokens, mask.targetTokens].flatMap((tokens) => tokenRow(tokens, length));
  const ours: readonly (readonly [name: string, quantity: string, values: ArrayLike<number>])[] = [
    ["text/source_ids", "token ids of the source", plan.source.ids],
    ["text/target_ids", "token ids of the target", plan.target.ids],
    ["ctrl/mapper", "token mapper", control.mapper ?? control.map],
    ["ctrl/alphas", "alphas", control.alphas],
    ["ctrl/equalizer", "equalizer", control.equalizer],
    ["ctrl/cross_replace_alpha", "cross-attention windows", control.crossWindows],
    ["ctrl/num_self_replace", "self-attention window", control.selfWindow],
  ];
  const rows = ours.flatMap(([name, quantity, values]) => {
    const expected = stored.find(name);
    return expected ? [equalRow(quantity, values, expected.data)] : [];
  });
  for (const blend of ["attention_blend", "latent_blend"]) {
    const expected = stored.find(`${blend}/alpha_layers`);
    // The reference takes one list of words where only the source's are used.
    if (expected)
      rows.push(equalRow(`${blend} words`, maskWords.slice(0, expected.data.length), expected.data));
  }
  return [...rows, ...controllerRow(bench)];
}
