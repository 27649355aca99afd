import type { ClipScores, EditMeasures } from "../../metrics/index.ts";

/** One line of the table. */
export interface EvalRow {
  /** What groups the lines. */
  readonly group: "the words" | "the kept part" | "the perfect edit" | "over time" | "the mask";
  readonly name: string;
  readonly value: string;
  /** What it is to be read beside, in words: the source's own, or the most that the VAE lets through. */
  readonly beside: string;
  readonly better: "higher" | "lower" | "";
}

const db = (value: number | null): string =>
  value === null ? "–" : value === Number.POSITIVE_INFINITY ? "equal" : `${value.toFixed(1)} dB`;
const share = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const plain = (value: number | null, digits = 3): string => (value === null ? "–" : value.toFixed(digits));
const small = (value: number): string => String(Number(value.toPrecision(2)));

function wordRows(scores: ClipScores | null): EvalRow[] {
  if (!scores) return [];
  const { ofSource } = scores;
  const group = "the words" as const;
  return [
    {
      ...{ group, name: "Tem-Con", better: "higher" },
      value: plain(scores.temporalConsistency, 4),
      beside: `source ${plain(ofSource.temporalConsistency, 4)}`,
    },
    {
      ...{ group, name: "Frame-Acc", better: "higher" },
      value: share(scores.frameAccuracy),
      beside: `source ${share(ofSource.frameAccuracy)}`,
    },
    {
      ...{ group, name: "CLIP text score", better: "higher" },
      value: plain(scores.textScore, 4),
      beside: `source ${plain(ofSource.textScore, 4)}`,
    },
    {
      ...{ group, name: "directional CLIP", better: "higher", beside: "" },
      value: plain(scores.directionalSimilarity, 4),
    },
  ];
}

function keptRows({ kept, keptBound }: EditMeasures): EvalRow[] {
  if (!kept) return [];
  const group = "the kept part" as const;
  const most = (text: string): string => (keptBound ? `the VAE alone ${text}` : "");
  return [
    {
      group,
      name: "PSNR",
      value: db(kept.psnr),
      beside: most(db(keptBound?.psnr ?? null)),
      better: "higher",
    },
    {
      ...{ group, name: "SSIM", better: "higher" },
      value: plain(kept.ssim),
      beside: most(plain(keptBound?.ssim ?? null)),
    },
    {
      ...{ group, name: "colour drift (ΔE2000)", better: "lower" },
      value: kept.drift ? `${plain(kept.drift.mean, 2)}, at most ${plain(kept.drift.max, 2)}` : "–",
      beside: most(plain(keptBound?.drift?.mean ?? null, 2)),
    },
  ];
}

function truthRows({ truth }: EditMeasures): EvalRow[] {
  if (!truth) return [];
  const group = "the perfect edit" as const;
  const parts = [
    ["", truth.whole, truth.source.whole],
    [", part that changes", truth.changed, truth.source.changed],
  ] as const;
  return parts.flatMap(([part, own, source]): EvalRow[] =>
    own && source
      ? [
          {
            group,
            name: `PSNR${part}`,
            value: db(own.psnr),
            beside: `source ${db(source.psnr)}`,
            better: "higher",
          },
          {
            ...{ group, name: `SSIM${part}`, better: "higher" },
            value: plain(own.ssim),
            beside: `source ${plain(source.ssim)}`,
          },
        ]
      : [],
  );
}

/** The numbers of an edit as lines of a table; what could not be measured has none. */
export function evalRows(measures: EditMeasures, scores: ClipScores | null): readonly EvalRow[] {
  const { maskIou, warpError, flicker, followed } = measures;
  const over = "over time" as const;
  return [
    ...wordRows(scores),
    ...keptRows(measures),
    ...truthRows(measures),
    ...(maskIou === null
      ? []
      : [
          {
            ...({ group: "the mask", name: "IoU with what changed", better: "higher" } as const),
            ...{ value: plain(maskIou), beside: "" },
          },
        ]),
    ...(warpError === null
      ? []
      : [
          {
            ...({ group: over, name: "flow-warp error", better: "lower" } as const),
            value: small(warpError.edited),
            beside: `source ${small(warpError.source)}`,
          },
        ]),
    ...(followed === null
      ? []
      : [
          {
            ...({ group: over, name: "pixels that can be followed", better: "" } as const),
            ...{ value: share(followed), beside: "" },
          },
        ]),
    ...(flicker === null
      ? []
      : [
          {
            ...({ group: over, name: "flicker (of 255)", better: "lower" } as const),
            value: plain(flicker.edited, 2),
            beside: `source ${plain(flicker.source, 2)}`,
          },
        ]),
  ];
}
