import { isHaving, isMaking, isMedium, isStyle } from "./categories.ts";
import type { Word } from "./parts.ts";
import { EMPTY_NOUNS, PLAIN_PREPOSITION } from "./words.ts";

/** A noun with what describes it, and what it hangs on. */
export interface NounPhrase {
  readonly type: "noun";
  /** Indices of the words of the head: one, or all of a name ("Grand Canyon"). */
  readonly head: readonly number[];
  /** Describing words before the head, nouns among them ("ice" of "ice rink"). */
  readonly modifiers: readonly number[];
  /** A number or quantity. */
  readonly count: number | null;
  /** The preposition that governs it; "with" also for "wearing", "holding" …; "made" for "made of", "covered in" …. */
  readonly preposition: string | null;
  /** Where its preposition stands, else its first word. */
  readonly start: number;
  /** Subject of a verb, or its object, or behind a preposition. */
  readonly place: "subject" | "object" | "prepositional";
  /** The noun phrase that it belongs to (index among the phrases), −1 if it stands by itself. */
  readonly host: number;
  /** The verb before it in its clause (index among the phrases), −1 if there is none. */
  readonly verb: number;
}

/** A verb; auxiliaries are left out. */
export interface VerbPhrase {
  readonly type: "verb";
  readonly head: readonly number[];
  /** Whose doing it is. */
  readonly subject: number;
}

/** An adjective that stands by itself ("is red"), or an adverb. */
export interface LooseWord {
  readonly type: "adjective" | "adverb";
  readonly head: readonly number[];
  readonly subject: number;
}

/** Words about the picture: "a painting of", ", oil on canvas", "in pixel art style". */
export interface LookPhrase {
  readonly type: "look";
  readonly head: readonly number[];
}

export type Phrase = NounPhrase | VerbPhrase | LooseWord | LookPhrase;

const isNominal = (word: Word | undefined): boolean =>
  word !== undefined && (word.part === "noun" || word.part === "name" || word.part === "describing");

/** Reads the words of a sentence as phrases, in order. */
export function readPhrases(words: readonly Word[], end: number | null): Phrase[] {
  const phrases: Phrase[] = [];
  const looks = findLooks(words, end);
  let subject = -1;
  let verb = -1;
  let preposition: { readonly text: string; readonly start: number } | null = null;
  // "wearing", "made of": what follows hangs on the noun before, as behind "with".
  let attaching: typeof preposition = null;
  let last = -1;
  let listed = false;
  let i = 0;
  while (i < words.length) {
    const look = looks.find(({ from }) => from === i);
    if (look) {
      phrases.push({ type: "look", head: range(look.from, look.to).filter((k) => words[k]!.isWord) });
      i = look.to;
      preposition = null;
      continue;
    }
    const word = words[i]!;
    if (isNominal(word) || word.part === "quantity" || word.part === "determiner") {
      const end = phraseEnd(words, i);
      const noun = nounOf(words, i, end);
      if (noun) {
        const previous = last === -1 ? null : (phrases[last] as NounPhrase);
        const governed = preposition ?? attaching;
        let place: NounPhrase["place"] = governed ? "prepositional" : verb === -1 ? "subject" : "object";
        let link = governed?.text ?? null;
        if (!governed && listed && previous) {
          place = previous.place;
          link = previous.preposition;
        }
        const host = link === "of" ? last : link === null ? -1 : subject;
        const adjacent = last !== -1 && last === phrases.length - 1 ? last : -1;
        phrases.push({
          type: "noun",
          ...noun,
          preposition: link,
          start: governed?.start ?? i,
          place,
          host: link === "with" && preposition && adjacent !== -1 && !isPlaced(phrases[adjacent]) ? adjacent : host,
          verb,
        });
        last = phrases.length - 1;
        if (place === "subject" && !(listed && subject !== -1)) subject = last;
        preposition = null;
        attaching = null;
        listed = false;
        i = end;
        continue;
      }
      const alone = range(i, end).filter((k) => words[k]!.part === "describing");
      if (alone.length > 0) phrases.push({ type: "adjective", head: alone, subject });
      i = end;
      continue;
    }
    switch (word.part) {
      case "preposition": {
        let end = i;
        while (words[end + 1]?.preposition === word.preposition && word.preposition!.includes(" ")) end += 1;
        const text = PLAIN_PREPOSITION[word.preposition!] ?? word.preposition!;
        // "made of", "covered in": the participle leads, whatever its preposition.
        preposition = attaching ? { text: attaching.text, start: attaching.start } : { text, start: preposition?.start ?? i };
        i = end;
        break;
      }
      case "verb":
      case "gerund":
      case "participle": {
        const made = word.part === "participle" && isMaking(word.text);
        if (word.part !== "verb" && (isHaving(word.text) || made)) {
          attaching = { text: made ? (word.text.startsWith("surround") ? "around" : "made") : "with", start: i };
        } else {
          phrases.push({ type: "verb", head: [i], subject });
          verb = phrases.length - 1;
        }
        preposition = null;
        break;
      }
      case "adverb":
        phrases.push({ type: "adverb", head: [i], subject });
        break;
      case "conjunction":
        listed = true;
        preposition = null;
        break;
      case "mark":
        listed = /^,/.test(word.text);
        preposition = null;
        break;
      case "opener":
        preposition = null;
        verb = -1;
        break;
      case "pronoun":
        preposition = null;
        break;
      default:
    }
    i += 1;
  }
  return phrases;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

function isPlaced(phrase: Phrase | undefined): boolean {
  return phrase?.type === "noun" && phrase.place === "prepositional" && phrase.preposition !== "of";
}

/** One past the last word of the noun phrase that begins at `from`. */
function phraseEnd(words: readonly Word[], from: number): number {
  let end = from;
  while (end < words.length) {
    const { part } = words[end]!;
    if (part === "determiner" && end > from && words[end - 1]!.part !== "determiner" && words[end - 1]!.part !== "quantity") break;
    const joins = part === "determiner" || part === "quantity" || isNominal(words[end]);
    const joinsAdjectives =
      part === "conjunction" && words[end - 1]?.part === "describing" && words[end + 1]?.part === "describing" && end > from;
    if (!joins && !joinsAdjectives) break;
    end += 1;
  }
  return end;
}

function nounOf(
  words: readonly Word[],
  from: number,
  to: number,
): Pick<NounPhrase, "head" | "modifiers" | "count"> | null {
  const content = range(from, to).filter((k) => isNominal(words[k]));
  const counts = range(from, to).filter((k) => words[k]!.part === "quantity");
  const last = content.at(-1);
  const opened = words[from]!.part === "determiner" || words[from]!.part === "quantity";
  if (last === undefined) return null;
  // An adjective by itself is no noun, but behind an article it stands for one ("the elderly").
  if (words[last]!.part === "describing" && !opened) return null;
  if (content.length === 1 && EMPTY_NOUNS.has(words[last]!.text)) return null;
  let first = content.length - 1;
  if (words[last]!.part === "name") while (first > 0 && words[content[first - 1]!]!.part === "name") first -= 1;
  return { head: content.slice(first), modifiers: content.slice(0, first), count: counts[0] ?? null };
}

/** Runs of words about the picture. */
function findLooks(words: readonly Word[], otherEnd: number | null): { readonly from: number; readonly to: number }[] {
  const looks: { from: number; to: number }[] = [];
  // "a watercolor painting of": up to its "of".
  const first = words.findIndex(({ part }) => part === "preposition" || part === "verb" || part === "gerund" || part === "mark");
  const opening = words[first];
  const named = words.slice(0, Math.max(first, 0)).findLast((word) => isNominal(word));
  if (opening && named && isMedium(named.text) && (opening.text === "of" || isShowing(opening.text)))
    looks.push({ from: 0, to: first + 1 });
  else if (opening?.part === "mark" && named && words.slice(0, first).some(({ text }) => isMedium(text) || isStyle(text)))
    looks.push({ from: 0, to: first + 1 });
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
    const pictured = word.part === "participle" || word.part === "verb" || word.part === "noun" || word.part === "describing";
    if (i > 0 && pictured && isPicturing(word.text, words[i + 1]?.text)) looks.push({ from: i, to: clauseEnd(words, i) });
  });
  for (const tail of findTails(words, looks[0]?.from === 0 ? looks[0].to - 1 : -1, otherEnd)) if (!looks.some(({ from, to }) => from < tail.to && tail.from < to)) looks.push(tail);
  return looks;
}

/** Participles that tell how a picture was made. */
function isPicturing(text: string, next: string | undefined): boolean {
  if (next === undefined || !/^(by|with|in|on|as|like)$/.test(next)) return false;
  return /^(drawn|filmed|rendered|photographed|sketched|illustrated|animated)$/.test(text) || (text === "shot" && next === "on") || (text === "painted" && next === "by");
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
function findTails(words: readonly Word[], lead: number, otherEnd: number | null): { from: number; to: number }[] {
  const marks = words.flatMap(({ part, text }, k) => (part === "mark" && /^[,;:.|–—-]/.test(text) ? [k] : []));
  return marks.flatMap((mark, k) => {
    const from = mark + 1;
    const to = marks[k + 1] ?? words.length;
    const piece = words.slice(from, to);
    const opening = piece[0];
    if (!opening || mark === lead) return [];
    const starts = isNominal(opening) || opening.part === "determiner" || opening.part === "quantity" || opening.part === "adverb";
    const end = phraseEnd(words, from);
    const rest = words[end]?.part;
    const isClause = piece.some(({ part }) => part === "verb" || part === "auxiliary" || part === "gerund");
    const isPlain = piece.every(({ part }) => part === "describing" || part === "conjunction" || part === "adverb");
    const isList =
      mark !== otherEnd && words.some((_, at) => at > from && isListing(words, at)) && rest !== "preposition";
    return starts && !isClause && (isPlain || !isList) ? [{ from, to }] : [];
  });
}
