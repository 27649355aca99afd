import type { Tokenizer } from "../types.ts";

/**
 * What the released code's tokenizer does to a text before it reads it (the Python package `ftfy`), as far as prompts meet it:
 * HTML entities, Latin ligatures, full-width letters, curly quotes, control characters. Not: repairing wrongly decoded
 * text ("mojibake"), nor HTML's rarer entity names.
 */
export function fixText(text: string): string {
  // ftfy leaves entities alone in what looks like HTML.
  const unescaped = text.includes("<") ? text : text.replace(/&(#?)([0-9A-Za-z]{1,24});/g, unescapeEntity);
  return unescaped
    .replace(
      /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]/g,
      (ligature) => LIGATURES[ligature] ?? ligature,
    )
    .replace(/[\uff01-\uffee\u3000]/g, (wide) => wide.normalize("NFKC"))
    .replace(/[\u2018-\u201b\u02bc]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(CONTROL_CHARACTERS, "");
}

/** The same tokenizer reading texts as the released code does. */
export function releasedTokenizer(tokenizer: Tokenizer): Tokenizer {
  return { ...tokenizer, encode: (text) => tokenizer.encode(fixText(text)) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

const LIGATURES: Readonly<Record<string, string>> = {
  "\u0132": "IJ",
  "\u0133": "ij",
  "\u0149": "\u02bcn",
  "\u01c4": "D\u017d",
  "\u01c5": "D\u017e",
  "\u01c6": "d\u017e",
  "\u01c7": "LJ",
  "\u01c8": "Lj",
  "\u01c9": "lj",
  "\u01ca": "NJ",
  "\u01cb": "Nj",
  "\u01cc": "nj",
  "\u01f1": "DZ",
  "\u01f2": "Dz",
  "\u01f3": "dz",
  "\ufb00": "ff",
  "\ufb01": "fi",
  "\ufb02": "fl",
  "\ufb03": "ffi",
  "\ufb04": "ffl",
  "\ufb05": "\u017ft",
  "\ufb06": "st",
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  hellip: "\u2026",
  ndash: "\u2013",
  mdash: "\u2014",
  lsquo: "\u2018",
  rsquo: "\u2019",
  ldquo: "\u201c",
  rdquo: "\u201d",
  copy: "\u00a9",
  reg: "\u00ae",
  deg: "\u00b0",
  times: "\u00d7",
  eacute: "\u00e9",
  egrave: "\u00e8",
  agrave: "\u00e0",
  ccedil: "\u00e7",
  ntilde: "\u00f1",
  auml: "\u00e4",
  ouml: "\u00f6",
  uuml: "\u00fc",
  szlig: "\u00df",
};

function unescapeEntity(whole: string, numeric: string, name: string): string {
  if (!numeric) return ENTITIES[name] ?? whole;
  const code = /^x[0-9a-f]+$/i.test(name)
    ? Number.parseInt(name.slice(1), 16)
    : /^\d+$/.test(name)
      ? Number(name)
      : Number.NaN;
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
