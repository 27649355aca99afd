import type { CaptionForm } from "../checkpoint/index.ts";

/** A sentence of a form with these words in its places. */
export function captionOf({ form }: CaptionForm, words: Readonly<Record<string, string>>): string {
  const filled = form.replaceAll(/\{(\w+)\}/g, (_, name: string) => words[name] ?? "");
  const spaced = filled.replaceAll(/\s+/g, " ").trim();
  return spaced.replaceAll(
    /\ba\|an (.)/g,
    (_, next: string) => `${/[aeiou]/i.test(next) ? "an" : "a"} ${next}`,
  );
}
