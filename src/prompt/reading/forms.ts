/** When two words are the same word to a reader: inflection, spelling, hyphens. */

const IRREGULAR: Readonly<Record<string, string>> = {
  men: "man",
  women: "woman",
  people: "person",
  children: "child",
  feet: "foot",
  teeth: "tooth",
  geese: "goose",
  mice: "mouse",
  oxen: "ox",
  ran: "run",
  rode: "ride",
  sat: "sit",
  stood: "stand",
  flew: "fly",
  flown: "fly",
  swam: "swim",
  held: "hold",
  wore: "wear",
  made: "make",
  built: "build",
  lying: "lie",
};

/** Irregular plurals, for agreement between subject and verb. */
const PLURALS = new Set("men women people children feet teeth geese mice oxen police".split(" "));

/** Nouns whose plural is the same. */
const UNCHANGING = /(fish|sheep|deer|cattle|moose|bison|aircraft|species|trout|salmon|squid|shrimp|elk)$/;

/** Whether a noun looks like one thing or many. Words such as "bus" and "glass" are one. */
export function numberOf(word: string): "one" | "many" | "either" {
  if (UNCHANGING.test(word)) return "either";
  const many = PLURALS.has(word) || (/[^s]s$/.test(word) && !/(us|is)$/.test(word) && word.length > 3);
  return many ? "many" : "one";
}

/** British spellings as American ones, marks gone: the letters that count. */
function plain(word: string): string {
  return word
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/([a-z]{2})our/g, "$1or")
    .replace(/^grey/, "gray")
    .replace(/([^aeiou])tre$/, "$1ter")
    .replace(/is(e|ed|es|ing)$/, "iz$1")
    .replace(/ll(ed|ing|er)$/, "l$1");
}

const VOWELS = "aeiou";

/** What a word may come from: "walks" and "walking" from "walk", "running" from "run", "riding" from "ride". */
export function stems(word: string): readonly string[] {
  const irregular = IRREGULAR[word];
  const found = irregular ? [irregular] : [];
  const strip = (suffix: string, ...endings: string[]) => {
    if (!word.endsWith(suffix) || word.length - suffix.length < 2) return;
    const base = word.slice(0, -suffix.length);
    for (const ending of endings) found.push(base + ending);
    const last = base.at(-1)!;
    if (suffix !== "s" && suffix !== "es" && last === base.at(-2) && !VOWELS.includes(last))
      found.push(base.slice(0, -1));
  };
  strip("ing", "", "e");
  strip("ed", "", "e");
  strip("ies", "y");
  strip("ied", "y");
  strip("ves", "f", "fe", "ve");
  strip("es", "", "e");
  if (!/(ss|us|is)$/.test(word)) strip("s", "");
  return found;
}

/** What a noun may be the plural of. */
export function singulars(word: string): readonly string[] {
  return PLURALS.has(word) || (word.endsWith("s") && !/(ss|us|is)$/.test(word)) ? stems(word) : [];
}

/** Whether two words are forms of one word: equal letters, or a stem in common. */
export function isSameForm(a: string, b: string): boolean {
  const [one, other] = [plain(a), plain(b)];
  if (one === other) return one !== "" || a === b;
  const all = [other, ...stems(other)];
  return [one, ...stems(one)].some((stem) => all.includes(stem));
}

/**
 * Whether one word is the other with a slip of the pen: few letters away, and only one of them is a word that is known.
 * Real words that look alike ("horse", "house") are both known.
 */
export function isMisspelling(a: string, b: string, isKnown: (word: string) => boolean): boolean {
  const shorter = Math.min(a.length, b.length);
  if (shorter < 3 || a[0] !== b[0] || isKnown(a) === isKnown(b)) return false;
  return editDistance(a, b) <= (shorter >= 7 ? 2 : 1);
}

/** Letters to insert, drop, replace or swap with a neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => {
    const row = new Array<number>(b.length + 1).fill(0);
    row[0] = i;
    return row;
  });
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}
