import type { MeasuresByFrame, ScoresByFrame } from "../../metrics/index.ts";
import { type Curve, type CurveLine, curveElement } from "../../picture/index.ts";

type Values = readonly (number | null | undefined)[];
type Line = readonly [name: string, style: CurveLine["style"], values: Values];

/** A line of what was measured; one that is infinite throughout is told in words. */
function lineOf([name, style, values]: Line): CurveLine | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return null;
  const isEqual = known.every((value) => value === Number.POSITIVE_INFINITY);
  if (isEqual) return { name: `${name}: equal in every frame`, style, points: [] };
  return { name, style, points: values.map((value, f) => [f, value ?? Number.NaN] as const) };
}

/** A plot of the lines that there are; nothing where there are none. */
function plot(title: string, x: string, y: string, lines: readonly Line[], first = 0): readonly Curve[] {
  const drawn = lines.map(lineOf).filter((line) => line !== null);
  const shifted = drawn.map((line) => ({
    ...line,
    points: line.points.map(([f, value]) => [f + first, value] as const),
  }));
  return shifted.length === 0 ? [] : [{ title, x, y, lines: shifted }];
}

/** Every measure over time, with the source's own or the VAE's beside it. */
function curvesOf(measures: MeasuresByFrame, scores: ScoresByFrame | null): readonly Curve[] {
  const { frames, warpError, flicker } = measures;
  const each = (of: (frame: MeasuresByFrame["frames"][number]) => number | null | undefined): Values =>
    frames.map(of);
  const hasMask = frames.some(({ inside }) => inside !== null);
  /** Against the source in both parts, or whole where no mask tells them apart. */
  const likeness = (key: "psnr" | "ssim"): readonly Line[] =>
    hasMask
      ? [
          ["outside the mask", "bold", each(({ kept }) => kept?.[key])],
          ["inside", "thin", each(({ inside }) => inside?.[key])],
          ["outside, the VAE alone", "dots", each(({ keptBound }) => keptBound?.[key])],
        ]
      : [["whole picture", "bold", each(({ whole }) => whole[key])]];
  const truth = (key: "psnr" | "ssim"): readonly Line[] => [
    ["edit", "bold", each(({ truth }) => truth?.whole[key])],
    ["part that changes", "dots", each(({ truth }) => truth?.changed?.[key])],
    ["source", "thin", each(({ truth }) => truth?.source.whole[key])],
  ];
  const beside = (values: MeasuresByFrame["flicker"]): readonly Line[] => [
    ["edit", "bold", values.map(({ edited }) => edited)],
    ["source", "thin", values.map(({ source }) => source)],
  ];
  const text = scores?.text ?? [];
  const pair = "from this frame to the next";
  return [
    ...plot(
      "Tem-Con: cosine of neighbouring frames",
      pair,
      "cosine",
      beside(scores?.temporalConsistency ?? []),
    ),
    ...plot("CLIP: the edit's frames and the sentences", "frame", "cosine", [
      ["target's sentence", "bold", text.map(({ target }) => target)],
      ["source's sentence", "thin", text.map(({ source }) => source)],
    ]),
    ...plot("PSNR against the source", "frame", "dB", likeness("psnr")),
    ...plot("SSIM against the source", "frame", "SSIM", likeness("ssim")),
    ...plot("PSNR against the perfect edit", "frame", "dB", truth("psnr")),
    ...plot("SSIM against the perfect edit", "frame", "SSIM", truth("ssim")),
    ...plot("Colour drift outside the mask", "frame", "ΔE2000", [
      ["edit", "bold", each(({ kept }) => kept?.drift?.mean)],
      ["the VAE alone", "dots", each(({ keptBound }) => keptBound?.drift?.mean)],
    ]),
    ...plot("Mask and what changed", "frame", "IoU", [["edit", "bold", each(({ maskIou }) => maskIou)]]),
    ...plot("Flow-warp error", pair, "mean squared error", beside(warpError)),
    ...plot("Flicker", "frame", "levels of 255", beside(flicker), 1),
  ];
}

/** The plots as elements of a page. */
export const plotsOf = (measures: MeasuresByFrame, scores: ScoresByFrame | null): string =>
  curvesOf(measures, scores)
    .map((curve) => `<figure>${curveElement(curve)}</figure>`)
    .join("\n");
