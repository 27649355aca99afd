import { createSchedule } from "../diffusion/index.ts";
import { type EditMasks, type Inversion, maskAt, meanMask, wordMap } from "../edit/index.ts";
import { cutToName } from "../file-name.ts";
import type { Model } from "../pipeline/index.ts";
import { formatNumber } from "../quantity.ts";
import { spread } from "../spread.ts";
import type { FloatTensor } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { viridis } from "./color-map.ts";
import { heatOver, maskOver, scaleOf } from "./heat.ts";
import { asTile, drawSheet, type SheetRow } from "./sheet.ts";
import { meanMap, meanOf, type PromptWord, wordsOf } from "./words.ts";

/** A picture and the name of its file. */
export interface NamedPicture {
  readonly name: string;
  readonly picture: Frame;
}

/** What maps are drawn of. */
export interface MapsOf {
  readonly model: Model;
  readonly inversion: Inversion;
  /** The clip at the size that was inverted. */
  readonly frames: readonly Frame[];
  /** Steps from one that is shown by itself to the next. */
  readonly every: number;
  /** Of an edit. */
  readonly masks?: EditMasks | undefined;
  /** The way of the source whose attention an edit fused in place of the inversion's: its maps stand beside those. */
  readonly reconstruction?: Inversion | undefined;
}

/** Columns of a sheet at most; longer clips are shown by frames spread evenly. */
const COLUMNS = 8;

/** A word whose highest value is below this share of the highest of all words stands for hardly anything. */
const LITTLE = 0.05;

/** A scale from 0 to 1. */
const SHARE = { min: 0, max: 1, colors: viridis };

interface Columns {
  /** Indices of the frames. */
  readonly chosen: readonly number[];
  readonly frames: readonly Frame[];
  readonly titles: readonly string[];
}

function columnsOf(frames: readonly Frame[]): Columns {
  const chosen = spread(frames.length, COLUMNS);
  return { chosen, frames: chosen.map((f) => asTile(frames[f]!)), titles: chosen.map((f) => `frame ${f}`) };
}

/** An edit step that is shown by itself. */
interface ShownStep {
  /** Counted from 0, the noisiest, and from the clean end. */
  readonly index: number;
  readonly inverted: number;
  readonly label: string;
  readonly note: string;
}

/** Every n-th edit step with its name and its timestep; the last one too. */
function shownSteps({ model, inversion, every }: MapsOf): ShownStep[] {
  const { steps } = createSchedule(model.checkpoint.scheduler, inversion.steps);
  return steps
    .filter(({ index, inverted }) => index % every === 0 || inverted === 0)
    .map(({ index, inverted, timestep }) => ({
      ...{ index, inverted, label: `step ${index + 1}`, note: `timestep ${timestep}` },
    }));
}

const heatRow = (columns: Columns, map: FloatTensor, scale: NonNullable<SheetRow["scale"]>) => ({
  frames: columns.frames.map((frame, k) => heatOver(frame, map, columns.chosen[k]!, scale)),
  scale,
});

const maskRow = (columns: Columns, mask: FloatTensor) => ({
  frames: columns.frames.map((frame, k) => maskOver(frame, mask, columns.chosen[k]!)),
});

function drawWord(of: MapsOf, columns: Columns, word: PromptWord, mean: FloatTensor): Frame {
  const { reconstruction } = of;
  const steps = shownSteps(of).flatMap((step) => {
    const own = { ...step, map: wordMap(of.inversion, step.inverted, word.tokens) };
    if (!reconstruction) return [own];
    const other = {
      label: "",
      note: "reconstructed",
      map: wordMap(reconstruction, step.inverted, word.tokens),
    };
    return [own, other];
  });
  const rebuilt = reconstruction ? meanMap(reconstruction, word) : null;
  const tops = [mean, ...(rebuilt ? [rebuilt] : []), ...steps.map(({ map }) => map)].map(
    (map) => scaleOf(map).max,
  );
  // One scale for all rows, so that they can be compared.
  const scale = { ...scaleOf(mean), max: Math.max(...tops) };
  return drawSheet({
    title: `Attention to "${word.text}" in "${of.inversion.prompt}"`,
    columns: columns.titles,
    rows: [
      { label: "frames", frames: columns.frames },
      { label: "average", note: `of ${of.inversion.steps} steps`, ...heatRow(columns, mean, scale) },
      ...(rebuilt ? [{ label: "", note: "reconstructed", ...heatRow(columns, rebuilt, scale) }] : []),
      ...steps.map(({ label, note, map }) => ({ label, note, ...heatRow(columns, map, scale) })),
    ],
  });
}

function drawMasks(of: MapsOf, columns: Columns, masks: EditMasks): Frame {
  const { steps, fixed, soft, hard, threshold } = masks;
  const average = fixed ? `the same in all ${steps.length} steps` : `average of ${steps.length} steps`;
  const single = fixed ? [] : shownSteps(of).filter(({ index }) => steps.includes(index));
  return drawSheet({
    title: "Where the edit keeps its own: bright is inside the mask",
    columns: columns.titles,
    rows: [
      { label: "frames", frames: columns.frames },
      {
        label: "before the threshold",
        note: average,
        ...heatRow(
          columns,
          meanOf(soft.shape[0]!, (k) => maskAt(soft, k)),
          SHARE,
        ),
      },
      {
        label: masks.pixels ? "as it acts" : `above ${formatNumber(threshold)}`,
        note: average,
        ...maskRow(columns, meanMask(masks)),
      },
      ...single.map(({ index, label, note }) => ({
        label,
        note,
        ...maskRow(columns, maskAt(hard, steps.indexOf(index))),
      })),
    ],
  });
}

function fileName(index: number, { text }: PromptWord): string {
  const safe = cutToName(text.replace(/[^\p{L}\p{N}\p{M}-]+/gu, "_"));
  return `${String(index + 1).padStart(2, "0")}-${safe}.png`;
}

/**
 * Draws what the model attends to for each word of the source prompt: an overview of all words, one sheet per word with
 * single steps, and for an edit the masks that it used. Where an edit fused a reconstruction's attention, a word's rows are
 * those of the inversion and of the reconstruction in turns (paper Fig. 8).
 */
export function drawMaps(of: MapsOf): NamedPicture[] {
  const { inversion, frames, masks, reconstruction } = of;
  const columns = columnsOf(frames);
  const words = wordsOf(of.model, inversion).map((word) => {
    const mean = meanMap(inversion, word);
    return {
      word,
      mean,
      scale: scaleOf(mean),
      rebuilt: reconstruction ? meanMap(reconstruction, word) : null,
    };
  });
  const little = LITTLE * Math.max(...words.map(({ scale }) => scale.max));
  const overview = drawSheet({
    title: `What each word of "${inversion.prompt}" stands for: attention to it, average of ${inversion.steps} steps`,
    columns: columns.titles,
    rows: [
      { label: "frames", frames: columns.frames },
      ...words.flatMap(({ word, mean, scale, rebuilt }) => {
        const shared = { ...scale, max: Math.max(scale.max, little) };
        const note = scale.max < little ? { note: "hardly any" } : {};
        const own = { label: word.text, ...note, ...heatRow(columns, mean, shared) };
        if (!rebuilt) return [own];
        return [own, { label: "", note: "reconstructed", ...heatRow(columns, rebuilt, shared) }];
      }),
      ...(masks ? [{ label: "mask", note: "used by the edit", ...maskRow(columns, meanMask(masks)) }] : []),
    ],
  });
  return [
    { name: "overview.png", picture: overview },
    ...words.map(({ word, mean }, index) => ({
      name: fileName(index, word),
      picture: drawWord(of, columns, word, mean),
    })),
    ...(masks ? [{ name: "masks.png", picture: drawMasks(of, columns, masks) }] : []),
  ];
}
