/** Parts of speech, from compromise (MIT): loaded when the first pair of prompts is read, since that takes its time. */

/** What a tagger says of one word. */
export type Tag =
  | "noun"
  | "person"
  | "name"
  | "verb"
  | "gerund"
  | "participle"
  | "adjective"
  | "adverb"
  | "number"
  | "other";

/** Tags the words of a sentence, given in order; punctuation among them is left as it is. */
export type Tagger = (words: readonly string[]) => readonly Tag[];

/** The part of compromise's answer that is used. */
interface Term {
  readonly tags: readonly string[];
  readonly offset?: { readonly start: number; readonly length: number };
}

/** The tagger. The first call loads it: about 300 kB of code, which the module cache keeps. */
export async function loadTagger(): Promise<Tagger> {
  const { default: nlp } = await import("compromise/two");
  return (words) => {
    const ends: number[] = [];
    let text = "";
    for (const word of words) {
      text += text === "" ? word : ` ${word}`;
      ends.push(text.length);
    }
    const tags = new Array<Tag>(words.length).fill("noun");
    const sentences = nlp(text).json({ offset: true }) as readonly { readonly terms: readonly Term[] }[];
    let at = 0;
    for (const { tags: found, offset } of sentences.flatMap(({ terms }) => terms)) {
      // The second half of a contraction, and of "4k", has no length.
      if (!offset || offset.length === 0) continue;
      while (at < ends.length - 1 && ends[at]! <= offset.start) at += 1;
      tags[at] = tagOf(found);
    }
    return tags;
  };
}

function tagOf(tags: readonly string[]): Tag {
  const is = (tag: string): boolean => tags.includes(tag);
  if (is("Adverb")) return "adverb";
  if (is("Gerund")) return "gerund";
  if (is("PastTense") || is("Participle")) return "participle";
  if (is("Verb")) return "verb";
  if (is("Adjective")) return "adjective";
  if (is("Value")) return "number";
  if (is("ProperNoun")) return "name";
  if (is("Actor")) return "person";
  if (is("Noun")) return "noun";
  return "other";
}
