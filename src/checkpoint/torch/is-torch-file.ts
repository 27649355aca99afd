/** 0x1950a86a20f9469cfc6c, lowest byte first: the number that every file of PyTorch before 1.6 begins with. */
const LEGACY_MAGIC = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

function hasBytes(head: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[at + i] === byte);
}

/** Whether a file begins as a zip archive does. */
export function isZip(head: Uint8Array): boolean {
  return hasBytes(head, 0, [0x50, 0x4b, 0x03, 0x04]);
}

/** Whether a file begins with the pickle of PyTorch's old magic number, in or without a frame (protocol 4). */
export function isLegacy(head: Uint8Array): boolean {
  const at = head[2] === 0x95 ? 11 : 2;
  return head[0] === 0x80 && hasBytes(head, at, [0x8a, LEGACY_MAGIC.length, ...LEGACY_MAGIC]);
}

/** Whether a file is one of PyTorch before 0.1.10, a tar archive. */
export function isTar(head: Uint8Array): boolean {
  return hasBytes(head, 257, [0x75, 0x73, 0x74, 0x61, 0x72]);
}

/**
 * Whether a file is a PyTorch file (or another zip archive), by its first bytes: 32 are enough.
 * The name does not tell: `.bin`, `.ckpt`, `.pt` and `.pth` are all of these, and some are safetensors.
 */
export function isTorchFile(head: Uint8Array): boolean {
  return isZip(head) || isLegacy(head);
}
