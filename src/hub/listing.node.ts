import { FateZeroError } from "../errors.ts";
import { MAX_HUB_ANSWER_BYTES, MAX_HUB_PAGES } from "../limits.ts";
import { faultOf, type PassingFault } from "./faults.ts";
import { createListing } from "./listed.ts";
import { type Asked, refusalError } from "./refusal.ts";
import { isCommit } from "./repository.ts";
import { ask, bodyOf, type Connection, refusalOf, waitForNext } from "./request.node.ts";
import type { RemoteFile } from "./types.ts";

/** Statuses whose answers have no body, as `Response` insists. */
const EMPTY = [204, 205, 304];

function unreachable(fault: PassingFault, { endpoint }: Connection): FateZeroError {
  const { message, cause, isUnreachable } = fault;
  return new FateZeroError(
    "hub-unreachable",
    `${endpoint} ${isUnreachable ? "cannot be reached" : "cannot be used now"}: ${message}.`,
    "Check the network (and HF_ENDPOINT), and run the same again.",
    { cause },
  );
}

/**
 * A `fetch` for the hub library: the token stays with the endpoint, what may pass is tried again, and what the hub refuses
 * is thrown as a FateZeroError. Answers are small and read whole, so that one that stalls is noticed.
 */
function apiFetch(asked: Asked, connection: Connection): typeof fetch {
  return async (input) => {
    for (let failures = 1; ; failures++) {
      try {
        return await ask(String(input), { accept: "application/json" }, connection, async (answer) => {
          const { response } = answer;
          if (!response.ok) throw refusalError(await refusalOf(answer), asked);
          const body = EMPTY.includes(response.status) ? null : await bodyOf(response, MAX_HUB_ANSWER_BYTES);
          return new Response(body, { status: response.status, headers: response.headers });
        });
      } catch (error) {
        connection.signal.throwIfAborted();
        if (error instanceof FateZeroError) throw error;
        const fault = faultOf(error);
        // Without a network there is no use in waiting: what is cached can be taken at once.
        if (fault.isUnreachable || failures > connection.retries) throw unreachable(fault, connection);
        await waitForNext(fault, failures, connection);
      }
    }
  };
}

/** Answers that the library or we cannot read. */
function unreadable(asked: Asked, what: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "hub-answer",
    `${asked.endpoint} answers with something else than ${what} of "${asked.id}".`,
    "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.",
    { cause },
  );
}

function unusable({ endpoint, id }: Asked, fault: string): FateZeroError {
  return new FateZeroError(
    "hub-answer",
    `The list of files of "${id}" at ${endpoint} ${fault}.`,
    "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it, and what the repository holds.",
  );
}

/** The same `fetch` for as many pages as a listing may have. */
function withPages(fetch: typeof globalThis.fetch, asked: Asked): typeof globalThis.fetch {
  let pages = 0;
  return async (input, init) => {
    if (++pages > MAX_HUB_PAGES) throw unusable(asked, `has more than ${MAX_HUB_PAGES} pages`);
    return await fetch(input, init);
  };
}

async function withLibrary<T>(asked: Asked, what: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    // Texts that are no JSON or nested without end, and values of other shapes than the library looks for.
    const isNonsense = [SyntaxError, TypeError, RangeError].some((kind) => error instanceof kind);
    if (error instanceof FateZeroError || !isNonsense) throw error;
    throw unreadable(asked, what, error);
  }
}

/** The commit that a branch or tag is at now. Throws FateZeroError: `hub-…`. */
export async function resolveCommit(asked: Asked, connection: Connection): Promise<string> {
  const { modelInfo } = await import("@huggingface/hub");
  const { id: name, revision, endpoint: hubUrl } = asked;
  const { sha } = await withLibrary(asked, "a commit", () =>
    modelInfo({ name, revision, hubUrl, additionalFields: ["sha"], fetch: apiFetch(asked, connection) }),
  );
  if (typeof sha === "string" && isCommit(sha)) return sha;
  throw unreadable(asked, "a commit");
}

/** All files of a repository at a commit. Throws FateZeroError: `hub-…`. */
export async function listRepository(
  commit: string,
  asked: Asked,
  connection: Connection,
): Promise<readonly RemoteFile[]> {
  const { listFiles } = await import("@huggingface/hub");
  return withLibrary(asked, "a list of files", async () => {
    const { id: name, endpoint: hubUrl } = asked;
    const found = listFiles({
      repo: { type: "model", name },
      revision: commit,
      recursive: true,
      hubUrl,
      fetch: withPages(apiFetch(asked, connection), asked),
    });
    const listing = createListing();
    for await (const entry of found) {
      const fault = listing.add(entry);
      if (fault !== null) throw unusable(asked, fault);
    }
    return listing.files;
  });
}
