import type { Segment } from "../segments.ts";
import type { NounPhrase, Phrase } from "./phrases.ts";
import { readSentence, type Sentence } from "./sentence.ts";
import { loadTagger } from "./tagger.ts";
import type { Part } from "./units.ts";

/** A sentence of which things can be taken away. Things are indices of its phrases, segments those that it was read from. */
export interface RemovableSentence {
  /** The nouns that it names. */
  readonly things: readonly string[];
  /** The things whose noun is among some segments, and those that these segments name together with their adjectives. */
  thingsAt(segments: readonly number[]): readonly number[];
  /** The segments `[from, to)` of a thing with its article, its number and what describes it. */
  spanOf(thing: number): readonly [from: number, to: number];
  /** Which segments are kept without some things (null: none is left that names anything), and what goes. */
  without(things: readonly number[]): {
    readonly kept: readonly boolean[] | null;
    readonly gone: { readonly things: readonly string[]; readonly words: readonly string[] };
  };
}

const isNoun = (phrase: Phrase | undefined): phrase is NounPhrase => phrase?.type === "noun";

/** Words that may not be left at the beginning of a sentence, at its end, or before what binds something else. */
const BINDING: ReadonlySet<Part> = new Set(["preposition", "conjunction", "opener", "auxiliary", "mark"]);
/** What a removed subject leaves behind of its doing. */
const DOING: ReadonlySet<Part> = new Set(["verb", "gerund", "participle", "adverb", "auxiliary"]);
/** Prepositions whose noun is a part of what it hangs on, or says what that is. */
const PART_OF: ReadonlySet<string> = new Set(["with", "of", "made"]);

/** All phrases that go with some: what hangs on them, what they do, what is said of them, and a doing without its object. */
function withDependents({ phrases }: Sentence, things: readonly number[]): ReadonlySet<number> {
  const gone = new Set(things);
  const objectsOf = (verb: number): number[] =>
    phrases.flatMap((phrase, k) =>
      isNoun(phrase) && phrase.place === "object" && phrase.verb === verb ? [k] : [],
    );
  const goes = (phrase: Phrase, k: number): boolean => {
    if (isNoun(phrase))
      return phrase.host !== -1 && gone.has(phrase.host) && PART_OF.has(phrase.preposition ?? "");
    if (phrase.type === "look") return false;
    if (gone.has(phrase.subject)) return true;
    const objects = objectsOf(k);
    return phrase.type === "verb" && objects.length > 0 && objects.every((object) => gone.has(object));
  };
  for (let size = -1; size !== gone.size; ) {
    size = gone.size;
    phrases.forEach((phrase, k) => {
      if (goes(phrase, k)) gone.add(k);
    });
  }
  return gone;
}

const isCounted = (part: Part | undefined): boolean => part === "determiner" || part === "quantity";

/** Where a phrase begins with its article, its number and what binds it, and ends with what it does. */
function spanOf(
  sentence: Sentence,
  k: number,
  gone: ReadonlySet<number>,
): readonly [from: number, to: number] {
  const { words, phrases } = sentence;
  const phrase = phrases[k]!;
  const own = isNoun(phrase) ? [...phrase.modifiers, ...phrase.head] : phrase.head;
  let from = Math.min(...own);
  let to = Math.max(...own) + 1;
  const before = (): Part | undefined => words[from - 1]?.part;
  if (!isNoun(phrase)) {
    while (DOING.has(before()!) && before() !== "verb") from -= 1;
    return [from, to];
  }
  while (isCounted(before())) from -= 1;
  // What a doing leaves behind that no phrase was found to do.
  const doer = (at: number): number =>
    phrases.findIndex((other) => !isNoun(other) && other.type !== "look" && other.head.includes(at));
  const isOthers = (at: number): boolean => {
    const doing = phrases[doer(at)];
    return doing !== undefined && "subject" in doing && doing.subject !== -1 && !gone.has(doing.subject);
  };
  while (to < words.length && DOING.has(words[to]!.part) && !isOthers(to)) to += 1;
  // "with a car and a bus": the preposition binds the bus, too.
  const next = phrases[k + 1];
  if (
    isNoun(next) &&
    !gone.has(k + 1) &&
    phrase.preposition !== null &&
    next.preposition === phrase.preposition
  ) {
    const between = words.slice(to, next.start).map(({ part }) => part);
    const isJoin = between.every((part) => part === "conjunction" || part === "mark");
    if (isJoin && between.includes("conjunction")) return [from, next.start];
  }
  // "there is a boat", "a painting of a car": the first goes with its thing, the second waits for another.
  if (before() === "auxiliary" && words[from - 2]?.text === "there") return [from - 2, to];
  if (phrases[k - 1]?.type === "look" && words[from - 1]?.text === "of") {
    while (to < words.length && BINDING.has(words[to]!.part) && words[to]!.part !== "mark") to += 1;
    return [from, to];
  }
  return [Math.min(from, phrase.start), to];
}

/** Takes away what binds nothing any more: at the beginning, at the end, and before something that binds too. */
function tidy({ words }: Sentence, kept: boolean[]): void {
  const left = (): number[] => kept.flatMap((keeps, k) => (keeps ? [k] : []));
  const part = (k: number): Part => words[k]!.part;
  const drop = (k: number): void => {
    kept[k] = false;
  };
  const isGap = (a: number, b: number): boolean => b > a + 1;
  for (let changed = true; changed; ) {
    const order = left();
    const before = order.length;
    const [first, last] = [order[0], order.at(-1)];
    const stops =
      last !== undefined && part(last) === "mark" && last === words.length - 1 && order.length > 1;
    const end = stops ? order.at(-2)! : last;
    if (first !== undefined && first > 0 && BINDING.has(part(first))) drop(first);
    else if (
      end !== undefined &&
      isGap(end, order.at(stops ? -1 : order.length) ?? words.length) &&
      BINDING.has(part(end))
    )
      drop(end);
    else {
      // "a cat, | and a dog": of two that bind in a row across a gap the earlier one goes, of a list the "and" stays.
      const at = order.findIndex((k, i) => {
        const next = order[i + 1];
        return (
          next !== undefined &&
          isGap(k, next) &&
          BINDING.has(part(k)) &&
          (BINDING.has(part(next)) || part(k) === "mark")
        );
      });
      if (at !== -1 && BINDING.has(part(order[at + 1]!))) drop(order[at]!);
    }
    changed = left().length < before;
  }
}

/** Reads a sentence for taking things out of it. English only; the first call loads the tagger. */
export async function readForRemoval(segments: readonly Segment[]): Promise<RemovableSentence> {
  const sentence = readSentence(segments, segments, await loadTagger());
  const { words, phrases, roles } = sentence;
  const isThing = (phrase: Phrase, k: number): phrase is NounPhrase => isNoun(phrase) && roles[k] !== "frame";
  const written = (indices: readonly number[]): string => indices.map((k) => words[k]!.written).join(" ");
  const heads = phrases.flatMap((phrase, k) => (isThing(phrase, k) ? [written(phrase.head)] : []));
  return {
    things: [...new Set(heads)],
    thingsAt: (named) =>
      phrases.flatMap((phrase, k) =>
        isThing(phrase, k) && phrase.head.some((word) => words[word]!.segments.some((s) => named.includes(s)))
          ? [k]
          : [],
      ),
    spanOf(thing) {
      const { modifiers, head } = phrases[thing] as NounPhrase;
      let from = Math.min(...modifiers, ...head);
      while (isCounted(words[from - 1]?.part)) from -= 1;
      const own = words.slice(from, Math.max(...head) + 1).flatMap((word) => [...word.segments]);
      return [Math.min(...own), Math.max(...own) + 1];
    },
    without(things) {
      const gone = withDependents(sentence, things);
      const kept = words.map(() => true);
      for (const k of gone) {
        const [from, to] = spanOf(sentence, k, gone);
        kept.fill(false, from, to);
      }
      tidy(sentence, kept);
      const nouns = things.map((k) => phrases[k]).filter(isNoun);
      const remains = phrases.some((phrase, k) => isThing(phrase, k) && !gone.has(k));
      const bySegment = new Array<boolean>(segments.length).fill(false);
      words.forEach((word, k) => {
        for (const s of word.segments) bySegment[s] = kept[k]!;
      });
      return {
        kept: remains ? bySegment : null,
        gone: {
          things: nouns.map(({ modifiers, head }) => written([...modifiers, ...head])),
          words: [...new Set(nouns.flatMap(({ head }) => head.map((k) => words[k]!.written)))],
        },
      };
    },
  };
}
