/**
 * The closed classes of English: words that no speaker adds to. Everything open (nouns, verbs, adjectives) is left to
 * the tagger. Words are lower case.
 */
const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));

export const DETERMINERS = list(
  "a an the this that these those some any my your his her its our their no each every another other such what which",
);

/** Numbers and quantities: they count a noun and do not describe it. */
export const QUANTITIES = list(
  "one two three four five six seven eight nine ten eleven twelve dozen hundred thousand many several few multiple " +
    "various both all lots single numerous",
);

export const CONJUNCTIONS = list("and or but nor & +");

/** Words that begin a clause of their own. */
export const CLAUSE_OPENERS = list("that which who whom whose while as when where because if then so");

export const PRONOUNS = list(
  "i you he she it we they me him them us himself herself itself themselves there someone somebody something everyone " +
    "anyone nobody who one's oneself",
);

export const AUXILIARIES = list(
  "is are was were be been being am has have had do does did will would can could may might must shall should isn't aren't " +
    "it's there's he's she's they're not",
);

/** Prepositions that can say where something is. */
export const PLACE_PREPOSITIONS = list(
  "on in at by under over above below behind beside besides between into onto through across against along alongside around " +
    "round near inside outside toward towards down up off beneath underneath among amongst amid amidst beyond atop upon " +
    "within throughout from to past before after aboard",
);

const OTHER_PREPOSITIONS = list("of with without for about like during via per than until since despite");

/** Prepositions of several words, longest first where one begins another. */
export const PREPOSITIONAL_PHRASES: readonly (readonly string[])[] = [
  "in the middle of",
  "in the midst of",
  "in the center of",
  "in the centre of",
  "on the side of",
  "by the side of",
  "at the side of",
  "at the foot of",
  "at the top of",
  "at the bottom of",
  "at the edge of",
  "on the edge of",
  "at the end of",
  "on the back of",
  "on the top of",
  "on the other side of",
  "against the backdrop of",
  "in the front of",
  "at the front of",
  "in the back of",
  "at the back of",
  "in front of",
  "on top of",
  "ahead of",
  "out of",
  "inside of",
  "outside of",
  "instead of",
  "because of",
  "away from",
  "next to",
  "close to",
  "up to",
  "down to",
  "out to",
  "off of",
  "in between",
  "along with",
  "together with",
].map((phrase) => phrase.split(" "));

/** What a phrase of several words comes to where it is no plain place. */
export const PLAIN_PREPOSITION: Readonly<Record<string, string>> = {
  "along with": "with",
  "together with": "with",
  "because of": "for",
  "instead of": "for",
};

/** Nouns that stand for a side or a part of nothing named, and show nothing by themselves. */
export const EMPTY_NOUNS = list(
  "front back side top bottom middle center centre end part way other others one ones thing things kind sort type " +
    "lot bit manner order row place",
);

/** Adverbs of place: what they add is a surrounding. */
export const PLACE_ADVERBS = list("underwater outside outdoors indoors inside overhead offshore downtown");

const isDeterminer = (word: string): boolean => DETERMINERS.has(word);
export const isPreposition = (word: string): boolean =>
  PLACE_PREPOSITIONS.has(word) || OTHER_PREPOSITIONS.has(word);

/** Whether a word shows nothing by itself, whatever stands around it. */
export function showsNothing(word: string): boolean {
  return (
    isDeterminer(word) ||
    isPreposition(word) ||
    CONJUNCTIONS.has(word) ||
    CLAUSE_OPENERS.has(word) ||
    PRONOUNS.has(word) ||
    AUXILIARIES.has(word) ||
    EMPTY_NOUNS.has(word) ||
    word === "very"
  );
}
