/** What a job's numbers depend on: plain data, and arrays of numbers by their bytes. */
export type KeyPart = ArrayBufferView | object | string | number | null;

async function sha256({ buffer, byteOffset, byteLength }: ArrayBufferView): Promise<string> {
  // A copy, because the digest takes no memory that threads share.
  const bytes = new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One hash of all parts, 40 hexadecimal digits after the kind. Of an object its JSON counts, with the order of its keys. */
export async function keyOf(kind: string, parts: readonly KeyPart[]): Promise<string> {
  const described: unknown[] = [];
  for (const part of parts) described.push(ArrayBuffer.isView(part) ? [await sha256(part)] : part);
  const all = await sha256(new TextEncoder().encode(JSON.stringify(described)));
  return `${kind}-${all.slice(0, 40)}`;
}
