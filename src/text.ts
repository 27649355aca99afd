/** A text that was found in bytes, or why there is none. */
type Decoded =
  | { readonly text: string; readonly fault?: undefined }
  | { readonly fault: string; readonly text?: undefined };

const UTF32 = "UTF-32, which is not read";
const BINARY = "no text but binary data";

/** What the first bytes tell of the encoding: its byte order mark, or where the zeros of a first ASCII letter are. */
function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "utf-32" {
  const [a, b, c, d] = bytes;
  const isWide = (at: number): boolean => {
    const head = bytes.subarray(0, 32);
    return head.length >= 8 && head.every((byte, i) => (byte === 0) === (i % 4 !== at));
  };
  if (isWide(0) || isWide(3) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) return "utf-32";
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "utf-32" : "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a && b === 0) return "utf-16le";
  return a === 0 && b ? "utf-16be" : "utf-8";
}

/** The bytes in that encoding; null where they are not. `TextDecoder` tells so only by throwing. */
function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** What bytes are that are not UTF-8. */
function foreign(bytes: Uint8Array): string {
  // A replacement stands where the first wrong byte is, unless the file has that letter itself.
  const lenient = new TextDecoder().decode(bytes);
  const before = lenient.slice(0, lenient.indexOf("\ufffd"));
  if (hasControls(new TextDecoder("latin1").decode(bytes.subarray(0, 1 << 16)))) return BINARY;
  return `not UTF-8 in line ${before.split("\n").length}: its letters are in an older encoding (Latin-1, Windows-1252 or another), which the file does not name`;
}

/** Whether there are controls that no text has; tabs, line ends, form feeds and escapes it may have. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x09 || (code > 0x0d && code < 0x1b) || (code > 0x1b && code < 0x20)) return true;
  }
  return false;
}

/**
 * The text of a file as editors and shells write it: UTF-8, or UTF-16 of either byte order, with a byte order mark or not,
 * and with any line ends; the mark is left out and lines end in "\n". Anything else is a fault, told to follow "is ".
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const encoding = encodingOf(bytes);
  if (encoding === "utf-32") return { fault: UTF32 };
  const text = decoded(bytes, encoding);
  if (text !== null && !text.includes("\0")) return { text: text.replace(/\r\n?/g, "\n") };
  if (encoding === "utf-8" && text === null) return { fault: foreign(bytes) };
  // Cut off or edited as bytes: the byte order mark says what it shall be.
  const isMarked = bytes[0]! >= 0xfe;
  return { fault: isMarked && text === null ? "damaged UTF-16" : BINARY };
}
