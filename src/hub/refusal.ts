import { FateZeroError } from "../errors.ts";
import { movedTo } from "./moved.ts";
import { DEFAULT_REVISION } from "./repository.ts";

/** What a hub said instead of what was asked for. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** `X-Error-Code`, which tells apart what the status alone does not. */
  readonly code: string | null;
  /** `X-Error-Message`. */
  readonly message: string | null;
}

/** What was asked for, and of whom. */
export interface Asked {
  readonly endpoint: string;
  readonly id: string;
  readonly revision: string;
  /** Path in the repository, where it was a file. */
  readonly file?: string;
  /** Where the token that was sent comes from; null where none was. */
  readonly tokenSource: string | null;
}

/** Statuses that another try may mend. */
export function isPassing(status: number): boolean {
  return [408, 425, 429, 500, 502, 503, 504].includes(status);
}

/** Says what a refusal means for the user. The hub answers 401 for what is private, gated or not there at all. */
export function refusalError(refusal: Refusal, asked: Asked): FateZeroError {
  const { status, code, message } = refusal;
  const { endpoint, id, revision, file, tokenSource } = asked;
  const said = message ? `: ${message.replace(/\.$/, "")}` : "";
  if (code === "GatedRepo" || ((status === 401 || status === 403) && /gated|restricted/i.test(said))) {
    return new FateZeroError(
      "hub-gated",
      `"${id}" is gated: it is given only to those who accept its licence.`,
      tokenSource === null
        ? `Accept it at ${endpoint}/${id}, and set HF_TOKEN to a token of that account (${endpoint}/settings/tokens).`
        : `Accept it at ${endpoint}/${id} with the account whose token ${tokenSource} holds.`,
    );
  }
  if (code === "RevisionNotFound") {
    return new FateZeroError(
      "hub-revision",
      `"${id}" has no revision "${revision}".`,
      `${endpoint}/${id}/tree/${DEFAULT_REVISION} lists its branches and tags; without "@${revision}" it is ${DEFAULT_REVISION}.`,
    );
  }
  if (code === "EntryNotFound" || (status === 404 && file !== undefined && code !== "RepoNotFound")) {
    return new FateZeroError(
      "hub-file-missing",
      `"${id}" lists ${file ?? "a file"}, but ${endpoint} does not have it (${status}).`,
      "Try again later, or name another revision: owner/name@revision.",
    );
  }
  if (tokenSource !== null && status === 401 && code !== "RepoNotFound") {
    return new FateZeroError(
      "hub-token",
      `${endpoint} does not accept the token of ${tokenSource}${said}.`,
      `Give a valid one (${endpoint}/settings/tokens), or none: public models need none.`,
    );
  }
  if (code === "RepoNotFound" || status === 404 || status === 401) {
    const today = movedTo(id);
    if (today !== null)
      return new FateZeroError(
        "hub-not-found",
        `There is no model "${id}" at ${endpoint} any more: its owners withdrew it.`,
        `The same weights are kept by others: name "${today}".`,
      );
    return new FateZeroError(
      "hub-not-found",
      `There is no model "${id}" at ${endpoint}, or it is private.`,
      tokenSource === null
        ? "Check its spelling; for a private one set HF_TOKEN to a token that may read it."
        : `Check its spelling; for a private one the token of ${tokenSource} must be allowed to read it.`,
    );
  }
  if (status === 403) {
    return new FateZeroError(
      "hub-forbidden",
      `${endpoint} refuses access to "${id}"${said}.`,
      tokenSource === null
        ? "Set HF_TOKEN to a token that may read it."
        : `Use a token that may read it instead of that of ${tokenSource}.`,
    );
  }
  return new FateZeroError(
    "hub-answer",
    `${endpoint} answers with status ${status} when asked for ${file ?? "the files"} of "${id}"${said}.`,
    "Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.",
  );
}
