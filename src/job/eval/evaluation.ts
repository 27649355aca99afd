import type { ClipScores, EditMeasures } from "../../metrics/index.ts";

/** The numbers of an edit. An infinite PSNR, of equal clips, is null in JSON. */
export interface Evaluation {
  readonly source: string;
  readonly edited: string;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly clip: ClipScores | null;
  readonly pixels: EditMeasures;
}
