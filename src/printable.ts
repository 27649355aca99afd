import { MAX_MESSAGE_CHARACTERS } from "./limits.ts";

/**
 * What is safe to print. Prompts, file names, headers, keys and servers' words may hold what a terminal obeys (escape
 * sequences, C0 and C1 controls) or what turns lines around (bidirectional controls); here it becomes visible. All that goes
 * to a terminal goes through this file.
 */

/** Controls (C0 but for line feeds, DEL, C1), formats (bidirectional controls and other invisible marks, but not the joiners of scripts and emoji), halves of pairs, separators of lines and paragraphs. */
const UNSAFE = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A line feed that begins no indented line: data's own, which would look like a line of the program. */
const STRAY_LINE = /\n(?! {2}|$)/g;

/** How much longer than that a shortened text may be. */
const LONGEST_MARK = 100;

/** The middle of a long text is left out. */
export function brief(text: string): string {
  if (text.length <= MAX_MESSAGE_CHARACTERS + LONGEST_MARK) return text;
  const [head, tail] = [
    text.slice(0, MAX_MESSAGE_CHARACTERS * 0.75),
    text.slice(text.length - MAX_MESSAGE_CHARACTERS * 0.25),
  ];
  return `${head} … (${text.length - MAX_MESSAGE_CHARACTERS} more characters) … ${tail}`;
}

/** Whether nothing of a text needs to be made visible. */
export function isPrintable(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  if (code === 9) return "\\t";
  if (code === 13) return "\\r";
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/** A text of many lines with nothing in it that a terminal obeys. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** A message: also no line of its own but indented ones, and of a length that can be read. */
export function printableMessage(text: string): string {
  return printable(brief(text)).replace(STRAY_LINE, "\\n");
}

/** Plain data with all its texts as messages, but those under the names in `lines`, which are of many lines. */
export function printableData<T>(data: T, lines: readonly string[] = []): T {
  const of = (value: unknown, name: string): unknown => {
    if (typeof value === "string") return lines.includes(name) ? printable(value) : printableMessage(value);
    if (Array.isArray(value)) return value.map((item) => of(item, name));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, of(item, key)]));
  };
  // The same data but for its texts.
  return of(data, "") as T;
}

/** JSON that means the same and holds nothing that a terminal obeys. */
export function printableJson(data: unknown): string {
  return JSON.stringify(data).replace(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, i) => {
      return `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}
