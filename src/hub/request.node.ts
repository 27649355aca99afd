import { setTimeout as sleep } from "node:timers/promises";
import { FateZeroError } from "../errors.ts";
import { MAX_HUB_BACKOFF_MS, MAX_HUB_REDIRECTS, MAX_HUB_WAIT_MS } from "../limits.ts";
import { formatBytes, formatSeconds } from "../quantity.ts";
import { faultOf, PassingFault } from "./faults.ts";
import { isPassing, type Refusal } from "./refusal.ts";
import type { Token } from "./token.node.ts";

/** How the hub is spoken to. */
export interface Connection {
  readonly endpoint: string;
  readonly token: Token | null;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stallMs: number;
  /** Tries after the first that bring nothing new, before it is given up. */
  readonly retries: number;
  /** Milliseconds before the second try; they double with each further one. */
  readonly backoffMs: number;
  readonly signal: AbortSignal;
  /** Told before a wait that a server asks for. */
  readonly onWait: (why: string, ms: number) => void;
  /** What carries every request. */
  readonly fetch: typeof fetch;
}

/** Milliseconds of a Retry-After header, in seconds or as a date; null where there is none. */
function retryAfter(headers: Headers): number | null {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return 1000 * Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** An answer, with what is needed to read its body. */
export interface Answer {
  readonly response: Response;
  /** Whether the hub itself answered, and not a server that it sent us to. */
  readonly isHub: boolean;
}

/**
 * Asks for `url` and hands the answer to `use`, redirects followed. The token goes to the endpoint's origin only. Throws
 * PassingFault on a connection that breaks or says nothing for too long (also while `use` reads, which calls `alive` at
 * each sign of life) and on a busy server; the signal's reason when it is aborted.
 */
export async function ask<T>(
  url: string,
  headers: Readonly<Record<string, string>>,
  connection: Connection,
  use: (answer: Answer, alive: () => void) => Promise<T>,
): Promise<T> {
  const { stallMs, signal } = connection;
  const stall = new AbortController();
  let isUnreachable = true;
  const timer = setTimeout(() => {
    stall.abort(new PassingFault(`nothing came for ${stallMs / 1000} s`, { isUnreachable }));
  }, stallMs);
  try {
    const answer = await follow(url, headers, connection, AbortSignal.any([signal, stall.signal]));
    timer.refresh();
    isUnreachable = false;
    return await use(answer, () => timer.refresh());
  } catch (error) {
    signal.throwIfAborted();
    if (stall.signal.aborted) throw stall.signal.reason;
    // Faults of the network reach us as TypeErrors; errors that say what they are pass through.
    throw error instanceof TypeError ? faultOf(error) : error;
  } finally {
    clearTimeout(timer);
  }
}

async function follow(
  url: string,
  headers: Readonly<Record<string, string>>,
  { endpoint, token, fetch }: Connection,
  signal: AbortSignal,
): Promise<Answer> {
  const own = new URL(endpoint).origin;
  let at = new URL(url);
  for (let hop = 0; hop <= MAX_HUB_REDIRECTS; hop++) {
    const isHub = at.origin === own;
    const authorization = isHub && token ? { authorization: `Bearer ${token.value}` } : {};
    const response = await fetch(at, {
      headers: { "user-agent": "fatezero", ...headers, ...authorization },
      redirect: "manual",
      signal,
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return { response, isHub };
    await response.body?.cancel();
    const next = URL.canParse(location, at.href) ? new URL(location, at) : null;
    if (next?.protocol !== "https:" && next?.protocol !== "http:") {
      throw new FateZeroError(
        "hub-answer",
        `${at.host} redirects to ${JSON.stringify(location.slice(0, 80))}, which is no web address.`,
        "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.",
      );
    }
    if (at.protocol === "https:" && next.protocol !== "https:") {
      throw new FateZeroError(
        "hub-answer",
        `${at.host} redirects to ${next.protocol}//${next.host}, which is not encrypted.`,
        "Check HF_ENDPOINT and the network.",
      );
    }
    at = next;
  }
  throw new FateZeroError(
    "hub-answer",
    `${endpoint} redirects more than ${MAX_HUB_REDIRECTS} times.`,
    "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.",
  );
}

const MONTH_MS = 30 * 86_400_000;

/** Letters of what a server says that are repeated. */
const MAX_SAID = 300;

/**
 * The bytes of an answer's body, unpacked. Throws FateZeroError `hub-answer` where they are more than `most`, without
 * having the rest come.
 */
export async function bodyOf({ body, url }: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > most) {
      throw new FateZeroError(
        "hub-answer",
        `${new URL(url).host} answers with more than ${formatBytes(most)}, which nothing that is asked for has.`,
        "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.",
      );
    }
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What an answer that is no success says. Throws PassingFault where another try may help. */
export async function refusalOf({ response, isHub }: Answer): Promise<Refusal> {
  const { status, headers } = response;
  await response.body?.cancel();
  // A storage server refuses links that have expired; the hub gives a new one at the next try.
  if (isPassing(status) || !isHub) {
    const who = isHub ? "the server" : `the storage server ${new URL(response.url).host}`;
    const why = status === 429 ? "asks for fewer requests" : "cannot answer now";
    throw new PassingFault(`${who} ${why} (status ${status})`, { waitMs: retryAfter(headers) });
  }
  const message =
    headers
      .get("x-error-message")
      ?.replaceAll(/\p{C}+/gu, " ")
      .slice(0, MAX_SAID) ?? null;
  return { status, code: headers.get("x-error-code"), message };
}

/**
 * Waits before the next try: as long as the server asks, which is told, else twice as long with each failure in a row.
 * Throws FateZeroError `hub-busy` where the server asks for longer than anybody would sit by.
 */
export async function waitForNext(
  fault: PassingFault,
  failures: number,
  connection: Connection,
): Promise<void> {
  const { backoffMs, signal, endpoint, onWait } = connection;
  const { waitMs } = fault;
  if (waitMs !== null && waitMs > MAX_HUB_WAIT_MS) {
    const later = waitMs < MONTH_MS ? formatSeconds(waitMs / 1000) : "more than a month";
    throw new FateZeroError(
      "hub-busy",
      `${endpoint} cannot be used now: ${fault.message}, and wants to be asked again in ${later} only.`,
      "Run the same again then: it goes on with what has come.",
      { cause: fault },
    );
  }
  const ms = waitMs ?? Math.min(backoffMs * 2 ** Math.max(0, failures - 1), MAX_HUB_BACKOFF_MS);
  if (waitMs !== null) onWait(fault.message, ms);
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
