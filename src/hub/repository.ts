import { FateZeroError } from "../errors.ts";

/** A model on the hub. */
export interface Repository {
  /** `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit; the default branch where none is named. */
  readonly revision?: string;
}

export const DEFAULT_REVISION = "main";

/** Characters of either part of an id, at most. */
const MAX_PART = 96;

/** A whole git commit, which never changes what it means. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** Rules of huggingface_hub's `validate_repo_id`, for ids with an owner. */
function isId(id: string): boolean {
  const parts = id.split("/");
  const goodPart = (part: string): boolean => part.length <= MAX_PART && /^\w(?:[\w.-]*\w)?$/.test(part);
  return parts.length === 2 && parts.every(goodPart) && !/--|\.\./.test(id) && !id.endsWith(".git");
}

/** Rules of git's check-ref-format that matter to a path and an address. */
function isRevision(revision: string): boolean {
  return (
    /^[\w.][\w./+-]*$/.test(revision) &&
    revision.length <= 255 &&
    !revision.includes("..") &&
    revision.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"))
  );
}

/** What a hub id looks like with its decoration: `hf:`, an address, a revision behind `@` or `/tree/`. */
const WRITTEN =
  /^(hf:(?:\/\/)?|https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/)?([^/@\s]+\/[^/@\s]+?)(?:@(\S+)|\/tree\/(\S+?))?\/?$/;

/**
 * Reads `owner/name`, `owner/name@revision`, `hf:owner/name` or the address of a model's page. Null for what can only be a
 * path or a bare name. Throws FateZeroError `hub-id` where a hub id is meant that cannot be one.
 */
export function parseRepository(text: string): Repository | null {
  const [, prefix, id = "", at, tree] = WRITTEN.exec(text) ?? [];
  if (!isId(id)) {
    const meant = prefix ?? /^(hf:|https?:\/\/(www\.)?(huggingface\.co|hf\.co)\/)/.exec(text);
    if (meant) throw notAnId(text);
    return null;
  }
  const revision = at ?? tree;
  if (revision === undefined) return { id };
  if (!isRevision(revision)) throw notAnId(text);
  return { id, revision };
}

/** The same, where nothing but a hub id will do. */
export function requireRepository(text: string): Repository {
  const repository = parseRepository(text);
  if (repository) return repository;
  throw notAnId(text);
}

function notAnId(text: string): FateZeroError {
  return new FateZeroError(
    "hub-id",
    `"${text}" is no model on the Hugging Face hub.`,
    'Write owner/name, or owner/name@revision: "CompVis/stable-diffusion-v1-4".',
  );
}
