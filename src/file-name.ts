/** Letters and bytes of a text in a file's name, at most: with a number and an extension it fits into any file system. */
const MOST_LETTERS = 48;
const MOST_BYTES = 120;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** The beginning of a text that is short enough for a name; no letter is cut in two, nor parted from its marks. */
export function cutToName(text: string): string {
  let cut = "";
  let letters = 0;
  for (const [cluster] of text.matchAll(/\P{M}\p{M}*/gu)) {
    letters += [...cluster].length;
    if (letters > MOST_LETTERS || bytesOf(cut + cluster) > MOST_BYTES) break;
    cut += cluster;
  }
  return cut;
}

/** Whether a text is short enough for a name as it is. */
export function fitsName(text: string): boolean {
  return [...text].length <= MOST_LETTERS && bytesOf(text) <= MOST_BYTES;
}
