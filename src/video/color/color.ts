/**
 * The numbers of Y'CbCr: which weights of red, green and blue make luma (ITU-R BT.601, BT.709, BT.2020) and which part
 * of the code range is used (limited: 16…235 and 16…240 of 255, full: all of it).
 */
export interface ColorSpace {
  readonly matrix: "bt601" | "bt709" | "bt2020";
  readonly fullRange: boolean;
}

/** The colour tags as a file or a decoder reports them (WebCodecs names); null or absent where it says nothing. */
export interface ColorTags {
  readonly matrix?: string | null | undefined;
  readonly transfer?: string | null | undefined;
  readonly primaries?: string | null | undefined;
  readonly fullRange?: boolean | null | undefined;
}

/** What this program writes. */
export const BT709_LIMITED: ColorSpace = { matrix: "bt709", fullRange: false };

const MATRICES: Record<string, ColorSpace["matrix"]> = {
  bt709: "bt709",
  smpte170m: "bt601",
  bt470bg: "bt601",
  "bt2020-ncl": "bt2020",
};

/**
 * Which space the pixels are in. The tags of the picture itself (`tags[0]`) count before those of the container
 * (`tags[1]`). An untagged video is taken for BT.601 when it has fewer than 720 rows and for BT.709 otherwise, as
 * browsers and most players do; untagged range is limited.
 */
export function resolveColor(tags: readonly ColorTags[], rows: number): ColorSpace {
  const named = tags.map((tag) => MATRICES[tag.matrix ?? ""]).find((matrix) => matrix !== undefined);
  const range = tags.map((tag) => tag.fullRange).find((full) => full !== undefined && full !== null);
  return { matrix: named ?? (rows < 720 ? "bt601" : "bt709"), fullRange: range ?? false };
}

const LUMA_WEIGHTS: Record<ColorSpace["matrix"], { readonly kr: number; readonly kb: number }> = {
  bt601: { kr: 0.299, kb: 0.114 },
  bt709: { kr: 0.2126, kb: 0.0722 },
  bt2020: { kr: 0.2627, kb: 0.0593 },
};

/** Everything a conversion needs: luma weights, and zero points and spans of the codes at `bitDepth` bits. */
export interface ColorNumbers {
  readonly kr: number;
  readonly kg: number;
  readonly kb: number;
  readonly lumaZero: number;
  readonly lumaSpan: number;
  readonly chromaZero: number;
  readonly chromaSpan: number;
}

/** The conversion's constants for a colour space at 8, 10 or 12 bits. */
export function colorNumbers({ matrix, fullRange }: ColorSpace, bitDepth: number): ColorNumbers {
  const { kr, kb } = LUMA_WEIGHTS[matrix];
  const step = 2 ** (bitDepth - 8);
  const most = 2 ** bitDepth - 1;
  return {
    kr,
    kg: 1 - kr - kb,
    kb,
    lumaZero: fullRange ? 0 : 16 * step,
    lumaSpan: fullRange ? most : 219 * step,
    chromaZero: 128 * step,
    chromaSpan: fullRange ? most : 224 * step,
  };
}
