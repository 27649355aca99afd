import { ddimStep } from "../../../src/diffusion/index.ts";
import { type EditJobOptions, edit, type Inversion } from "../../../src/edit/index.ts";
import { createDenoiser, planSites } from "../../../src/pipeline/index.ts";
import { type FloatTensor, float32ToFloat16, floatTensor, sizeOf } from "../../../src/tensor/index.ts";
import type { Bench } from "../bench.ts";
import { type Row, reportedRow, worstDifference } from "../rows.ts";
import { textStates } from "../states.ts";
import { clipAt } from "../stored.ts";

/** Our inversion from given latents: `invert` begins with frames, which a case need not have. */
async function invertLatents(bench: Bench, first: FloatTensor): Promise<Inversion> {
  const { model, method, schedule, settings, plan } = bench;
  const { steps } = settings;
  const [frames, , height, width] = first.shape as [number, number, number, number];
  const sites = planSites(model, method.compat, height, width);
  const denoiser = createDenoiser(model, method, sites);
  const { source: text } = await textStates(bench);
  const tokens = sites.maps.length > 0 ? plan.source.count : 0;
  const rows = frames * sites.mapHeight * sites.mapWidth;
  const words = new Uint16Array(steps * rows * tokens);
  const latents = floatTensor([steps + 1, ...first.shape]);
  latents.data.set(first.data);
  let z = first;
  for (const [j, step] of schedule.inversion.entries()) {
    const { predictions, wordMaps } = await denoiser.plain([{ latents: z, text }], step.timestep);
    z = ddimStep(step, z, predictions[0]!);
    latents.data.set(z.data, (j + 1) * sizeOf(z.shape));
    for (let row = 0; tokens > 0 && row < rows; row++) {
      const from = row * plan.length;
      words.set(float32ToFloat16(wordMaps!.data.slice(from, from + tokens)), (j * rows + row) * tokens);
    }
  }
  const { name, fingerprint } = model;
  return {
    prompt: settings.source,
    ids: plan.source.ids,
    steps,
    fps: 8,
    settings: method,
    size: { width: z.shape[3]! * model.vae.downscale, height: z.shape[2]! * model.vae.downscale },
    model: { name, fingerprint },
    latents,
    wordMaps: { data: words, height: sites.mapHeight, width: sites.mapWidth, tokens },
  };
}

/** The case's options as `edit` takes them. */
function editOptions({ p2p, settings }: Bench): EditJobOptions {
  const { selfSteps, crossSteps, method, amplify, maskWords } = p2p.options;
  const masked = p2p.blendSelfAttention || p2p.blendLatents;
  return {
    prompt: settings.target,
    guidance: settings.guidance,
    ...(selfSteps === undefined ? {} : { selfSteps }),
    ...(crossSteps === undefined ? {} : { crossSteps }),
    ...(method === undefined ? {} : { method }),
    ...(amplify === undefined ? {} : { amplify }),
    maskWords: masked ? (maskWords ?? "none") : "none",
    maskFrom: "attention",
    maskThreshold: p2p.thresholds[0],
    maskSelfAttention: p2p.blendSelfAttention,
    latentBlend: p2p.blendLatents,
  };
}

const lastOf = ({ latents }: Inversion): FloatTensor => {
  const shape = latents.shape.slice(1);
  return floatTensor(shape, latents.data.subarray(-sizeOf(shape)));
};

const short = (value: number): string => value.toExponential(1);

function driftRow(quantity: string, ours: FloatTensor, expected: FloatTensor, remark = ""): Row {
  const mean = expected.data.reduce((sum, value) => sum + value, 0) / expected.data.length;
  const variance = expected.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / expected.data.length;
  const worst = short(worstDifference(ours.data, expected.data));
  return reportedRow(quantity, `std ${Math.sqrt(variance).toPrecision(2)}`, worst + remark);
}

/**
 * The whole run with nothing fed in between: how far rounding carries it away from the reference's. Beside it, how far
 * a change of the first latents' last digit carries our own run away from itself.
 */
export async function checkDrift(bench: Bench): Promise<Row[]> {
  const { stored, settings } = bench;
  if (!stored.has("inv/latents")) return [];
  const trajectory = stored.get("inv/latents");
  const first = clipAt(trajectory, 0, 0);
  const inversion = await invertLatents(bench, first);
  const nudged = first.data.map((value, i) => value * (1 + (i % 2 === 0 ? 1 : -1) * 2 ** -24));
  const other = lastOf(await invertLatents(bench, floatTensor(first.shape, nudged)));
  const own = short(worstDifference(lastOf(inversion).data, other.data));
  const expected = clipAt(trajectory, settings.steps, 0);
  const remark = ` (${own} by one last digit)`;
  const rows = [driftRow("drift of the inversion", lastOf(inversion), expected, remark)];
  if (!stored.has("edit/latents")) return rows;
  const result = await edit(bench.model, inversion, editOptions(bench));
  return [
    ...rows,
    driftRow("drift of the edit", result.latents, clipAt(stored.get("edit/latents"), settings.steps, 0)),
  ];
}
