import { isJsonObject, parseJsonObject } from "../json.ts";

/** What is written into a file about how it was made: text by name. */
export type Metadata = Readonly<Record<string, string>>;

/**
 * Metadata as one line of ASCII JSON, `{"fatezero":{…}}`: what every format's comment or description field takes. Other
 * characters are escaped, since EXIF's fields and GIF's comments are ASCII.
 */
export function encodeMetadata(metadata: Metadata): string {
  return JSON.stringify({ fatezero: metadata }).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Metadata from such a line; null for any other text. */
export function decodeMetadata(text: string | null | undefined): Record<string, string> | null {
  if (!text) return null;
  const entries = parseJsonObject(text)?.fatezero;
  if (!isJsonObject(entries)) return null;
  const isText = Object.values(entries).every((entry) => typeof entry === "string");
  return isText ? (entries as Record<string, string>) : null;
}
