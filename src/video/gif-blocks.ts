/**
 * What image libraries leave to us of GIF files (GIF89a specification, sections 18 to 27): comments, and whether a file
 * is whole.
 */

const EXTENSION = 0x21;
const COMMENT = 0xfe;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** Signature and logical screen descriptor. */
const HEADER = 13;

/** Bytes of a colour table from the flags that announce it. */
function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** A gif's comments, pictures (without their data) and, unless it is cut off, its end. */
function* gifBlocks(gif: Uint8Array): Generator<{ kind: "comment" | "image" | "end"; text: string }> {
  let at = HEADER + tableBytes(gif[10] ?? 0);
  let pictures = 0;
  /** Passes over data blocks up to the empty one that ends them; undefined where the file ends first. */
  const data = () => {
    const parts: Uint8Array[] = [];
    for (let length = gif[at++]; length !== 0; length = gif[at++]) {
      if (length === undefined) return undefined;
      parts.push(gif.subarray(at, at + length));
      at += length;
    }
    return parts;
  };
  while (at < gif.length) {
    const kind = gif[at++];
    if (kind === EXTENSION) {
      const isComment = gif[at++] === COMMENT;
      const parts = data();
      if (!parts) return;
      if (isComment) yield { kind: "comment", text: Buffer.concat(parts).toString("latin1") };
    } else if (kind === IMAGE) {
      // Position, size and flags; then the colour table and the code size.
      at += 9 + tableBytes(gif[at + 8] ?? 0) + 1;
      if (!data()) return;
      pictures++;
      yield { kind: "image", text: "" };
    } else {
      if (kind === TRAILER) yield { kind: "end", text: "" };
      return;
    }
  }
  // Some encoders forget the trailer.
  if (at === gif.length && pictures > 0) yield { kind: "end", text: "" };
}

/** The gif with a comment (ASCII) in front of its first picture. */
export function withComment(gif: Uint8Array, text: string): Uint8Array {
  const bytes = Buffer.from(text, "latin1");
  const parts: Uint8Array[] = [Uint8Array.of(EXTENSION, COMMENT)];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    parts.push(Uint8Array.of(part.length), part);
  }
  parts.push(Uint8Array.of(0));
  const at = HEADER + tableBytes(gif[10] ?? 0);
  return Buffer.concat([gif.subarray(0, at), ...parts, gif.subarray(at)]);
}

/** The first comment of a gif; null where there is none. */
export function readComment(gif: Uint8Array): string | null {
  for (const { kind, text } of gifBlocks(gif)) if (kind === "comment") return text;
  return null;
}

/** Whether a file that begins as a gif ends before its end. */
export function isCutOffGif(bytes: Uint8Array): boolean {
  if (Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "GIF8") return false;
  for (const { kind } of gifBlocks(bytes)) if (kind === "end") return false;
  return true;
}
