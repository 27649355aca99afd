/** Digits of any script count by their value, letters of either case alike; "-" and "_" part words and are no signs. */
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Compares by code points, as UTF-8 bytes sort; JavaScript's own order is by UTF-16 units. */
export function byCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((char, i) => char !== right[i]);
  if (at < 0) return left.length - right.length;
  return right[at] === undefined ? 1 : left[at]!.codePointAt(0)! - right[at].codePointAt(0)!;
}

function stem(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

/**
 * Compares file names as a person counts: `frame2.png` before `frame10.png`, with or without leading zeros. Names that
 * count alike keep the order of their code points.
 */
export function byNumber(a: string, b: string): number {
  return collator.compare(stem(a), stem(b)) || byCodePoints(a, b);
}
