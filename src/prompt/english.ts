/** The little English that the automatic mask needs. Words are compared in lower case, without punctuation. */

const list = (words: string) => new Set(words.split(" "));

const ARTICLES = list("a an the this that these those some any my your his her its our their");

const CONJUNCTIONS = list("and or but as like while where who which");

const PREPOSITIONS = list(
  "of on in at by to from with without under over above below behind beside between into onto through across against along " +
    "around near next inside outside toward towards during down up off out before after beneath among",
);

const AUXILIARIES = list(
  "is are was were be been being has have had do does did will would can could not very there it he she they",
);

/** Words that attach what follows them to the noun before: "a man *with* a hat". */
const ATTACHING = list("with without wearing holding carrying having made");

/** Words that say what kind of picture it is. */
const MEDIA = list(
  "photo photograph picture image painting drawing sketch illustration render rendering cartoon anime watercolor watercolour " +
    "art artwork engraving etching mosaic comic poster print film movie video style",
);

/** Words in -ing that are things. */
const THINGS_IN_ING = list(
  "building painting drawing ring king wing string spring ceiling clothing wedding railing thing lightning",
);

export const isArticle = (word: string) => ARTICLES.has(word.toLowerCase());
export const isMedium = (word: string) => MEDIA.has(word.toLowerCase());
export const isPreposition = (word: string) => PREPOSITIONS.has(word.toLowerCase());

/** Whether words that begin with this one at the end of a sentence still describe its noun: "with a hat", "sleeping". */
export const isAttaching = (word: string) =>
  ATTACHING.has(word.toLowerCase()) || isVerbInIng(word.toLowerCase());

/** Words that show nothing by themselves: articles, prepositions, conjunctions, auxiliaries, pronouns. */
export function isFunctionWord(word: string): boolean {
  const plain = word.toLowerCase();
  return ARTICLES.has(plain) || CONJUNCTIONS.has(plain) || PREPOSITIONS.has(plain) || AUXILIARIES.has(plain);
}

/** Whether inserted words that begin with this one belong to the noun before them. */
export function leansBack(word: string): boolean {
  const plain = word.toLowerCase();
  return isAttaching(plain) || PREPOSITIONS.has(plain) || CONJUNCTIONS.has(plain);
}

/**
 * The index of the noun that adjectives in front of `words` describe: the last word of the first run of words that show
 * something ("silver jeep" in "silver jeep driving down a road"), −1 if there is none. A run ends at a function word, at
 * punctuation (`null`) or at a verb: a word in -ing, a word in -ed before a preposition, a word in -s before an article.
 */
export function nounAfter(words: readonly (string | null)[]): number {
  const shows = (word: string | null | undefined): word is string =>
    typeof word === "string" && !isFunctionWord(word);
  const first = words.findIndex(shows);
  if (first === -1) return -1;
  let noun = first;
  for (let k = first + 1; shows(words[k]); k++) {
    const word = words[k]!.toLowerCase();
    const next = words[k + 1] ?? "";
    const isVerb =
      isVerbInIng(word) ||
      (/[a-z]{3}ed$/.test(word) && !word.endsWith("eed") && isPreposition(next)) ||
      (word.endsWith("s") && isArticle(next));
    if (isVerb) break;
    noun = k;
  }
  return noun;
}

function isVerbInIng(word: string): boolean {
  return word.length > 5 && word.endsWith("ing") && !THINGS_IN_ING.has(word);
}
