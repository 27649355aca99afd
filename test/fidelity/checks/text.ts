import type { Bench } from "../bench.ts";
import { MARKS } from "../marks.ts";
import { gauge, type Row } from "../rows.ts";
import { emptyStates } from "../states.ts";
import { at } from "../stored.ts";

/** Text states of both prompts and of the empty one, from the stored ids. */
export async function checkText(bench: Bench): Promise<Row[]> {
  const { stored, plan, model } = bench;
  const rows = gauge("text states", "prompt");
  for (const [role, own] of [
    ["source", plan.source.ids],
    ["target", plan.target.ids],
  ] as const) {
    const states = stored.find(`text/${role}_uncond_cond`);
    if (!states) continue;
    const ids = Array.from(stored.find(`text/${role}_ids`)?.data ?? own);
    const count = states.shape[0]!;
    rows.add(await model.encodeText(ids), at(states, count - 1), MARKS.textStates, role);
    if (count > 1) rows.add(await emptyStates(bench), at(states, 0), MARKS.textStates, "empty prompt");
  }
  return rows.rows();
}
