/**
 * How much a server may have us do. Each is far above what any model on the hub needs; they are for servers that are broken
 * or hostile.
 */

/** Bytes of one answer of the API, unpacked. */
export const MAX_ANSWER_BYTES = 32_000_000;
/** Pages of a listing that are followed; the hub puts up to 1000 files on one. */
export const MAX_PAGES = 200;
/** Files of a repository. */
export const MAX_FILES = 100_000;
/** Bytes of a file of configurations or of a tokenizer. */
export const MAX_SMALL_BYTES = 100_000_000;
/** Letters of a path in a repository. */
export const MAX_PATH_LENGTH = 1000;
/** Servers that one request is sent on to. */
export const MAX_REDIRECTS = 5;
/** Milliseconds that are waited before another try, by ourselves and where a server asks for it; longer is given up. */
export const MAX_BACKOFF_MS = 30_000;
export const MAX_ASKED_WAIT_MS = 5 * 60_000;
/** Bytes that must come before the time without a byte is counted anew, and for a try to have brought something. */
export const LEAST_BYTES = 1000;
/** Seconds that HF_HUB_DOWNLOAD_TIMEOUT may say. */
export const MAX_TIMEOUT_SECONDS = 86_400;
