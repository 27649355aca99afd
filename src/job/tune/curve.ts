import { writeFile } from "node:fs/promises";
import { removeLeftovers, replacePath, temporarySibling, writeFault } from "../../files/index.node.ts";
import { type Curve, curvePicture, curveSvg } from "../../picture/index.ts";
import type { Tuning } from "../../tune/index.ts";
import { writeVideo } from "../../video/index.node.ts";
import type { Provenance } from "../provenance.ts";
import type { TunedPlace } from "./place.ts";

/** Steps whose mean the bold line shows. */
const WINDOW = 10;

/** The loss of a training over its steps: each, their running mean, and that on the noise levels held out. */
export function curveOf({ prompt, losses, heldOut }: Pick<Tuning, "prompt" | "losses" | "heldOut">): Curve {
  const mean = losses.map(({ step }, i) => {
    const recent = losses.slice(Math.max(0, i - WINDOW + 1), i + 1);
    return [step, recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length] as const;
  });
  return {
    title: `Tuning on "${prompt}"`,
    x: "step",
    y: "loss",
    isLogarithmic: true,
    lines: [
      { name: "each step", style: "thin", points: losses.map(({ step, loss }) => [step, loss] as const) },
      { name: `mean of ${WINDOW} steps`, style: "bold", points: mean },
      ...(heldOut.length === 0
        ? []
        : [
            {
              name: "noise levels held out",
              style: "dots" as const,
              points: heldOut.map(({ step, loss }) => [step, loss] as const),
            },
          ]),
    ],
  };
}

/** Writes the loss curve as SVG and PNG. */
export async function writeCurve(
  tuning: Parameters<typeof curveOf>[0],
  { svg, png }: TunedPlace["curve"],
  { signal, metadata }: { readonly signal: AbortSignal; readonly metadata: Provenance },
): Promise<void> {
  const curve = curveOf(tuning);
  await removeLeftovers(svg);
  const partial = temporarySibling(svg);
  await writeFile(partial, curveSvg(curve))
    .then(() => replacePath(partial, svg, "file"))
    .catch((cause: unknown) => {
      throw writeFault(svg, cause);
    });
  await writeVideo(png, [curvePicture(curve)], { fps: 1, signal, metadata });
}
