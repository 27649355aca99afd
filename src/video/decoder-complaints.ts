/** What decoders say of files that are whole, or beside the cause. */
const HARMLESS =
  /known incorrect sRGB profile|Unknown field with tag|^read gave \d+ warnings$|^error in tile |: bad seek to \d+$/;

/** The first thing of weight that an image decoder said, in one line without the decoder's own name. */
export function mainComplaint(complaints: readonly string[]): string | undefined {
  return complaints
    .flatMap((complaint) => complaint.split("\n"))
    .filter((line) => !HARMLESS.test(line))
    .map((line) => line.replace(/^\w*vips\w*: /i, "").trim())
    .find((line) => line !== "");
}
