/** Which words of two sentences are not in the other one, by the longest order that they share. */
export function changedWords(
  source: readonly string[],
  target: readonly string[],
): { readonly source: readonly boolean[]; readonly target: readonly boolean[] } {
  const [a, b] = [source, target].map((words) => words.map((word) => word.toLowerCase())) as [
    string[],
    string[],
  ];
  // Length of what is shared from word i of one and word j of the other on.
  const shared = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--)
      shared[i]![j] =
        a[i] === b[j] ? shared[i + 1]![j + 1]! + 1 : Math.max(shared[i + 1]![j]!, shared[i]![j + 1]!);
  }
  const changed = { source: a.map(() => true), target: b.map(() => true) };
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      changed.source[i++] = false;
      changed.target[j++] = false;
    } else if (shared[i + 1]![j]! >= shared[i]![j + 1]!) i++;
    else j++;
  }
  return changed;
}
