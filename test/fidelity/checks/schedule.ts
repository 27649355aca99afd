import type { Bench } from "../bench.ts";
import { MARKS } from "../marks.ts";
import { equalRow, gauge, type Row } from "../rows.ts";

/** Timesteps and noise levels. */
export async function checkSchedule({ schedule, stored }: Bench): Promise<Row[]> {
  const { steps, inversion, alphasCumprod, finalAlphaCumprod } = schedule;
  const timesteps = steps.map(({ timestep }) => timestep);
  const fed: readonly (readonly [name: string, quantity: string, values: readonly number[]])[] = [
    ["timesteps", "timesteps", timesteps],
    ["inv/t_fed", "timesteps of the inversion", inversion.map(({ timestep }) => timestep)],
    ["edit/t_fed", "timesteps of the edit", timesteps],
  ];
  const rows = fed.flatMap(([name, quantity, values]) => {
    const expected = stored.find(name);
    return expected ? [equalRow(quantity, values, expected.data)] : [];
  });
  const levels = gauge("noise levels", "table");
  const all = stored.find("alphas_cumprod");
  if (all) levels.add({ data: alphasCumprod }, all, MARKS.alphasCumprod);
  const final = stored.find("final_alpha_cumprod");
  if (final) levels.add({ data: Float32Array.of(finalAlphaCumprod) }, final, MARKS.alphasCumprod);
  return [...rows, ...levels.rows()];
}
