import { MAX_JSON_CHARACTERS, MAX_NESTING } from "./limits.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** What a text holds as JSON, or why it holds nothing that is read here: "is not JSON". */
export type JsonRead<T> = { readonly value: T; readonly fault: null } | { readonly fault: string };

/** Whether a value is an object as JSON has them: no list, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep the brackets of a JSON text are nested, those in its strings left out. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

/** Reads JSON from a file: one that is too long or nested too deep to be walked is a fault, as one that is no JSON. */
export function readJson(text: string): JsonRead<unknown> {
  if (text.length > MAX_JSON_CHARACTERS)
    return { fault: `has ${text.length} characters, more than the ${MAX_JSON_CHARACTERS} of any sound one` };
  const depth = depthOf(text);
  if (depth > MAX_NESTING)
    return { fault: `is nested too deeply: ${depth} levels, of at most ${MAX_NESTING}` };
  try {
    // Texts that a caller read by itself may begin with a byte order mark.
    return { value: JSON.parse(text.replace(/^\uFEFF/, "")), fault: null };
  } catch (error) {
    // `JSON.parse` tells so only by throwing.
    if (!(error instanceof SyntaxError)) throw error;
    return { fault: `is not JSON: ${error.message}` };
  }
}

/** Reads a JSON object from a file. */
export function readJsonObject(text: string): JsonRead<JsonObject> {
  const read = readJson(text);
  if (read.fault !== null) return read;
  return isJsonObject(read.value) ? { value: read.value, fault: null } : { fault: "is not a JSON object" };
}

/** A text as the JSON object that it holds; null for any other text. */
export function parseJsonObject(text: string): JsonObject | null {
  const read = readJsonObject(text);
  return read.fault === null ? read.value : null;
}

/** A text as the JSON list of texts that it holds; null for any other text. */
export function parseJsonTexts(text: string): readonly string[] | null {
  const read = readJson(text);
  if (read.fault !== null) return null;
  const { value } = read;
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
}

/** Characters of a value that a message shows. */
const SHOWN_CHARACTERS = 80;

/** A value of a file as messages show it: JSON, cut where it is long. */
export function shownJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
