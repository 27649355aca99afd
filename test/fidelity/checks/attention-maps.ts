import { frameIndices, maskName } from "../../../src/attention/index.ts";
import { concat0, type FloatTensor, floatTensor } from "../../../src/tensor/index.ts";
import type { Bench } from "../bench.ts";
import { fuseCross, fuseSelf } from "../fuse-maps.ts";
import { MARKS } from "../marks.ts";
import { fusedSites } from "../masks.ts";
import { gauge, type Row } from "../rows.ts";
import { outputOf, parseSlice, type Slice, siteOf, sliceGraph } from "../slices.ts";
import { textStates } from "../states.ts";
import { ownCross, type Steps } from "../steps.ts";
import { clipAt } from "../stored.ts";

const stack = (tensors: readonly FloatTensor[]): FloatTensor =>
  concat0(tensors.map(({ shape, data }) => floatTensor([1, ...shape], data)));

type Maps = Readonly<Record<string, FloatTensor | undefined>>;

/** Our maps of one step, computed from the stored latents of that step. */
async function mapsOfStep(bench: Bench, steps: Steps, slices: readonly Slice[]): Promise<Maps> {
  const { stored, model, method, plan, schedule, settings } = bench;
  const { run, step } = slices[0]!;
  const [frames, height, width] = steps.latentSize;
  const text = await textStates(bench);
  const inverted = run === "inv" ? step : settings.steps - 1 - step;
  const source = clipAt(stored.get("inv/latents"), inverted, 0);
  const isEdit = run === "edit";
  const latents = isEdit ? [source, clipAt(stored.get("edit/latents"), step, 0)] : [source];
  const { cross, self: fusesSelf } = plan.steps[isEdit ? step : 0]!;
  const masks = isEdit ? await steps.masks(step) : null;
  const self = !fusesSelf ? "none" : masks ? "masked" : "full";
  const { A, b } = cross ?? ownCross(plan.length);
  const names = slices.map((slice) => outputOf(slice, slice.stage === "source" ? "source" : "pre"));
  const graph = await model.sessions.open(`maps ${run} ${self} ${names.join()}`, () =>
    sliceGraph(bench, slices, self, [height, width]),
  );
  return graph.run({
    latents: stack(latents),
    text: stack(isEdit ? [text.source, text.target] : [text.source]),
    timestep: floatTensor(
      [latents.length],
      new Float32Array(latents.length).fill(schedule.inversion[inverted]!.timestep),
    ),
    ...(graph.inputs.attendTo ? { attendTo: frameIndices(method.attend.frames, frames) } : {}),
    ...(isEdit
      ? { replace: floatTensor([plan.length, plan.length], A), keep: floatTensor([plan.length], b) }
      : {}),
    ...Object.fromEntries([...(masks ?? [])].map(([level, mask]) => [maskName(level), mask])),
  });
}

/** A fused map from the maps that it is made of: the stored ones, or ours where a case does not hold them. */
async function fusedMap(bench: Bench, steps: Steps, slice: Slice, ours: Maps) {
  const { stored, plan, settings } = bench;
  const { step, place, kind, index, stride } = slice;
  const suffix = `${place}_${kind}/${index}`;
  const pad = (n: number): string => String(n).padStart(2, "0");
  const stride0 = slice.name.replace(/^[^@]*/, "");
  const storedSource = stored.find(`inv_attn/step${pad(settings.steps - 1 - step)}/${suffix}${stride0}`);
  const source = storedSource ?? ours[outputOf(slice, "source")]!;
  const own = stored.find(slice.name.replace("/post", "/pre")) ?? ours[outputOf(slice, "pre")]!;
  const { cross, self } = plan.steps[step]!;
  const mark = MARKS.attentionMap;
  if (kind === "cross") {
    // Made from a computed map that is within the mark, it can be off by as much as that map is amplified.
    const gain = storedSource ? 1 : Math.max(1, ...(cross?.A ?? []));
    return { map: fuseCross(source, own, cross), mark: mark * gain };
  }
  if (!self) return { map: own, mark };
  const { level } = siteOf(fusedSites(bench, steps.latentSize[1], steps.latentSize[2]), slice)!;
  const mask = (await steps.masks(step))?.get(level) ?? null;
  return { map: fuseSelf(source, own, mask, stride), mark };
}

/** The slices that a case holds, by the UNet call that they belong to. */
function slicesByCall({ stored }: Bench): Slice[][] {
  const calls = new Map<string, Slice[]>();
  for (const name of stored.names()) {
    const slice = parseSlice(name);
    if (!slice || !stored.has("inv/latents")) continue;
    if (slice.run === "edit" && !stored.has("edit/latents")) continue;
    const key = `${slice.run} ${slice.step}`;
    calls.set(key, [...(calls.get(key) ?? []), slice]);
  }
  return [...calls.values()];
}

/** Slices of the attention maps: the inversion's, and the edit's before and after fusion. */
export async function checkAttentionMaps(bench: Bench, open: () => Promise<Steps>): Promise<Row[]> {
  const calls = slicesByCall(bench);
  if (calls.length === 0) return [];
  const steps = await open();
  const sites = fusedSites(bench, steps.latentSize[1], steps.latentSize[2]);
  const rows = {
    source: gauge("attention maps of the inversion", "map"),
    pre: gauge("attention maps of the edit", "map"),
    post: gauge("attention maps, fused", "map"),
  };
  for (const slices of calls) {
    const lost = slices.find((slice) => !siteOf(sites, slice));
    if (lost) throw new Error(`no fused layer of ours belongs to ${lost.name}`);
    const ours = await mapsOfStep(bench, steps, slices);
    for (const slice of slices) {
      const { step, place, kind, index, stage } = slice;
      const { map, mark } =
        stage === "post"
          ? await fusedMap(bench, steps, slice, ours)
          : { map: ours[outputOf(slice, stage)]!, mark: MARKS.attentionMap };
      rows[stage].add(map, bench.stored.get(slice.name), mark, `step ${step} ${place}_${kind}/${index}`);
    }
  }
  return Object.values(rows).flatMap((row) => row.rows());
}
