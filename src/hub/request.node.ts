import { setTimeout as sleep } from "node:timers/promises";
import { FateZeroError } from "../errors.ts";
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
  /** What carries every request. */
  readonly fetch: typeof fetch;
}

const MAX_REDIRECTS = 5;
const MAX_WAIT_MS = 30_000;

/** Milliseconds of a Retry-After header in seconds; null where there is none. */
function retryAfter(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return seconds >= 0 ? 1000 * seconds : null;
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
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
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
    const next = new URL(location, at);
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
    `${endpoint} redirects more than ${MAX_REDIRECTS} times.`,
    "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.",
  );
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
  return { status, code: headers.get("x-error-code"), message: headers.get("x-error-message") };
}

/** Waits before the next try: as long as the server asks, else twice as long with each failure in a row. */
export async function waitForNext(
  fault: PassingFault,
  failures: number,
  connection: Connection,
): Promise<void> {
  const { backoffMs, signal } = connection;
  const ms = Math.min(fault.waitMs ?? backoffMs * 2 ** Math.max(0, failures - 1), MAX_WAIT_MS);
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
