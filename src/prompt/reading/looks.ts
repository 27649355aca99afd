import { isMedium, isStyle } from "./categories.ts";
import { isNominal, phraseEnd } from "./noun-run.ts";
import type { Word } from "./parts.ts";

/** Words `[from, to)`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Runs of words about the picture. */
export function findLooks(words: readonly Word[], otherEnd: number | null): Span[] {
  const looks: Span[] = [];
  // "a watercolor painting of": up to its "of".
  const first = words.findIndex(
    ({ part }) => part === "preposition" || part === "verb" || part === "gerund" || part === "mark",
  );
  const opening = words[first];
  const named = words.slice(0, Math.max(first, 0)).findLast((word) => isNominal(word));
  if (opening && named && isMedium(named.text) && (opening.text === "of" || isShowing(opening.text)))
    looks.push({ from: 0, to: first + 1 });
  else if (
    opening?.part === "mark" &&
    named &&
    words.slice(0, first).some(({ text }) => isMedium(text) || isStyle(text))
  )
    looks.push({ from: 0, to: first + 1 });
  // "pixel art a red car": an article that begins another noun
  const lead = phraseEnd(words, 0);
  if (looks.length === 0 && words[lead]?.part === "determiner" && isMedium(words[lead - 1]?.text ?? ""))
    looks.push({ from: 0, to: lead });
  // "in watercolor style", "in the style of Van Gogh", "as an oil painting"
  for (let i = looks[0]?.to ?? 0; i < words.length; i++) {
    if (words[i]!.text !== "in" && words[i]!.text !== "as" && words[i]!.text !== "by") continue;
    const end = phraseEnd(words, i + 1);
    const run = words.slice(i + 1, end).filter((word) => isNominal(word));
    const head = run.at(-1);
    // ", by Van Gogh"
    const signed = words[i]!.text === "by" && words[i - 1]?.part === "mark" && head?.part === "name";
    const colourless = /^black( and)? white$/.test(run.map(({ text }) => text).join(" "));
    const made = run.every(({ text }) => isStyle(text) || isMedium(text)) || (head && isMedium(head.text));
    if (!head || !(signed || colourless || (made && words[i]!.text !== "by"))) continue;
    const to = words[end]?.text === "of" ? phraseEnd(words, end + 1) : end;
    looks.push({ from: i, to });
  }
  // "shot on film", "drawn by a child"
  words.forEach((word, i) => {
    const pictured =
      word.part === "participle" ||
      word.part === "verb" ||
      word.part === "noun" ||
      word.part === "describing";
    if (i > 0 && pictured && isPicturing(word.text, words[i + 1]?.text))
      looks.push({ from: i, to: clauseEnd(words, i) });
  });
  for (const tail of findTails(words, looks[0]?.from === 0 ? looks[0].to - 1 : -1, otherEnd))
    if (!looks.some(({ from, to }) => from < tail.to && tail.from < to)) looks.push(tail);
  return looks;
}

/** Participles that tell how a picture was made. */
function isPicturing(text: string, next: string | undefined): boolean {
  if (next === undefined || !/^(by|with|in|on|as|like)$/.test(next)) return false;
  return (
    /^(drawn|filmed|rendered|photographed|sketched|illustrated|animated)$/.test(text) ||
    (text === "shot" && next === "on") ||
    (text === "painted" && next === "by")
  );
}

function clauseEnd(words: readonly Word[], from: number): number {
  const mark = words.findIndex(({ part }, k) => k > from && part === "mark");
  return mark === -1 ? words.length : mark;
}

function isShowing(text: string): boolean {
  return /^(showing|showcasing|depicting|capturing|featuring|displaying)$/.test(text);
}

/** Whether a word joins things, and not two adjectives of one. */
const isListing = (words: readonly Word[], at: number): boolean =>
  words[at]!.part === "conjunction" &&
  !(words[at - 1]?.part === "describing" && words[at + 1]?.part === "describing");

/** Pieces behind a comma that are no list, no clause and no phrase behind a preposition: ", vibrant colors". */
function findTails(words: readonly Word[], lead: number, otherEnd: number | null): Span[] {
  const marks = words.flatMap(({ part, text }, k) =>
    part === "mark" && /^[,;:.|–—-]/.test(text) ? [k] : [],
  );
  return marks.flatMap((mark, k) => {
    const from = mark + 1;
    const to = marks[k + 1] ?? words.length;
    const piece = words.slice(from, to);
    const opening = piece[0];
    if (!opening || mark === lead) return [];
    const starts =
      isNominal(opening) ||
      opening.part === "determiner" ||
      opening.part === "quantity" ||
      opening.part === "adverb";
    const end = phraseEnd(words, from);
    const rest = words[end]?.part;
    const isClause = piece.some(({ part }) => part === "verb" || part === "auxiliary" || part === "gerund");
    const isPlain = piece.every(
      ({ part }) => part === "describing" || part === "conjunction" || part === "adverb",
    );
    const isList =
      mark !== otherEnd && words.some((_, at) => at > from && isListing(words, at)) && rest !== "preposition";
    return starts && !isClause && (isPlain || !isList) ? [{ from, to }] : [];
  });
}
