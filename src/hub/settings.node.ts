import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { FateZeroError } from "../errors.ts";
import { MAX_HUB_TIMEOUT_SECONDS } from "../limits.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of the hub, read as Python's huggingface_hub reads it. */
export interface HubSettings {
  /** Folder that holds all cached repositories. */
  readonly cache: string;
  /** Origin (and path, of a mirror below one) of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Token that a variable gives, if any. */
  readonly token: string | null;
  /** Where a token lies otherwise; null where none may be sent unasked. */
  readonly tokenFile: string | null;
  /** Nothing may be asked of the network. */
  readonly offline: boolean;
  /** Whether snapshots link to their blobs; files lie in the snapshots themselves otherwise. */
  readonly symlinks: boolean;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stallMs: number;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";

/** Seconds, huggingface_hub's own default. */
const DEFAULT_TIMEOUT = 10;

const isTrue = (value: string | undefined): boolean =>
  ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());

/** A token as a header can hold it: files and pasted values end in line breaks. */
export function cleanToken(text: string | undefined): string | null {
  return text?.replaceAll(/[\r\n]/g, "").trim() || null;
}

function endpointOf(value: string | undefined): string {
  const endpoint = (value || DEFAULT_ENDPOINT).replace(/\/+$/, "");
  if (/^https?:/.test(endpoint) && URL.canParse(endpoint)) {
    const { username, password } = new URL(endpoint);
    if (username === "" && password === "") return endpoint;
    throw new FateZeroError(
      "hub-endpoint",
      "HF_ENDPOINT has a user or password in it, which no request can carry.",
      "Leave them out; HF_TOKEN holds an access token.",
    );
  }
  throw new FateZeroError(
    "hub-endpoint",
    `HF_ENDPOINT is "${value}", which is no web address.`,
    "Set it to one like https://huggingface.co, or unset it.",
  );
}

/** Seconds without a byte; unset and 0 are the default, as in Python. */
function timeoutOf(value: string | undefined): number {
  const text = value?.trim() ?? "";
  const seconds = text === "" ? 0 : Number(text);
  if (seconds >= 0 && seconds <= MAX_HUB_TIMEOUT_SECONDS) return seconds || DEFAULT_TIMEOUT;
  throw new FateZeroError(
    "hub-timeout",
    `HF_HUB_DOWNLOAD_TIMEOUT is "${value}", which is no number of seconds up to ${MAX_HUB_TIMEOUT_SECONDS}.`,
    `Set it to one such as ${DEFAULT_TIMEOUT}, or unset it.`,
  );
}

/**
 * Reads HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE and their older names from `env`. Throws
 * FateZeroError `hub-endpoint` where HF_ENDPOINT is no address, `hub-timeout` where HF_HUB_DOWNLOAD_TIMEOUT is no time.
 */
export function hubSettings(env: Environment, home = homedir()): HubSettings {
  const path = (name: string): string | undefined => {
    const value = env[name];
    if (!value) return undefined;
    const expanded = value.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, a, b) => env[a ?? b] ?? whole);
    return resolve(expanded.replace(/^~(?=$|[\\/])/, home));
  };
  const hfHome = path("HF_HOME") ?? join(path("XDG_CACHE_HOME") ?? join(home, ".cache"), "huggingface");
  return {
    cache: path("HF_HUB_CACHE") ?? path("HUGGINGFACE_HUB_CACHE") ?? join(hfHome, "hub"),
    endpoint: endpointOf(env.HF_ENDPOINT),
    token: cleanToken(env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN),
    tokenFile: isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)
      ? null
      : (path("HF_TOKEN_PATH") ?? join(hfHome, "token")),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    symlinks: !isTrue(env.HF_HUB_DISABLE_SYMLINKS),
    stallMs: 1000 * timeoutOf(env.HF_HUB_DOWNLOAD_TIMEOUT),
  };
}
