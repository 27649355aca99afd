type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object as JSON has them: no list, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined, which JSON has not, for any other text. `JSON.parse` tells so only by throwing. */
function parseJson(text: string): unknown {
  try {
    // Texts that a caller read by itself may begin with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A text as the JSON object that it holds; null for any other text. */
export function parseJsonObject(text: string): JsonObject | null {
  const value = parseJson(text);
  return isJsonObject(value) ? value : null;
}

/** A text as the JSON list of texts that it holds; null for any other text. */
export function parseJsonTexts(text: string): readonly string[] | null {
  const value = parseJson(text);
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
}
