/** Bytes of one pickle. That of a Stable Diffusion checkpoint takes about 130 a tensor, 0.2 MB in all. */
export const MAX_PICKLE_BYTES = 64 * 2 ** 20;

/** Opcodes of one pickle. A tensor takes about 45, so these are 20,000 tensors; each makes at most one object. */
export const MAX_OPERATIONS = 1_000_000;

/** Entries of a zip archive: one a storage, and a few more. */
export const MAX_ENTRIES = 100_000;

/** Axes of a tensor, as in PyTorch. */
export const MAX_RANK = 64;

/** Bytes of all the weights that must be unpacked into memory, since the file does not hold them as they are needed. */
export const MAX_UNPACKED_BYTES = 2 ** 30;
