import { rename, rm } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { LEAST_HUB_BYTES } from "../limits.ts";
import { faultOf, PassingFault } from "./faults.ts";
import { partOf } from "./layout.node.ts";
import { openPart, type PartFile } from "./part-file.node.ts";
import { type Asked, refusalError } from "./refusal.ts";
import { ask, type Connection, refusalOf, waitForNext } from "./request.node.ts";
import type { RemoteFile } from "./types.ts";

/** A file to fetch, and where its blob goes. */
export interface Download {
  readonly file: RemoteFile;
  readonly url: string;
  readonly blob: string;
}

/** Address of a file's content at a commit. */
export function contentUrl(endpoint: string, id: string, commit: string, path: string): string {
  return `${endpoint}/${id}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** What one try brought: all that the server says it has, or that it cannot begin in the middle. */
type Outcome = "ended" | "no-ranges";

/** Asks for the bytes that are missing and appends them. Throws PassingFault where the connection ends before they do. */
async function fetchRest(
  { url, file }: Download,
  part: PartFile,
  withRange: boolean,
  asked: Asked,
  connection: Connection,
  onBytes: () => void,
): Promise<Outcome> {
  const from = part.size();
  const range: Record<string, string> = withRange && from > 0 ? { range: `bytes=${from}-` } : {};
  // A compressed body has other lengths, and could not be resumed.
  return ask(url, { "accept-encoding": "identity", ...range }, connection, async (answer, alive) => {
    const { response } = answer;
    const { status, headers, body } = response;
    const isPart = status === 206 && headers.get("content-range")?.startsWith(`bytes ${from}-`);
    if (status === 416 || (status === 206 && !isPart)) {
      await body?.cancel();
      if (range.range === undefined) throw new PassingFault(`a part was sent, unasked (status ${status})`);
      return "no-ranges";
    }
    if (status !== 200 && !isPart) throw refusalError(await refusalOf(answer), asked);
    if (!isPart) await part.restart();
    const start = part.size();
    let told = start;
    if (body) {
      for await (const chunk of body) {
        // Never more than was listed: whether it is the right file, its hash tells.
        const room = file.size - part.size();
        await part.append(chunk.subarray(0, room));
        // A byte now and then is no download.
        if (part.size() - told >= LEAST_HUB_BYTES) {
          alive();
          told = part.size();
        }
        onBytes();
        if (chunk.length > room) break;
      }
    }
    const promised = headers.get("content-length");
    const isWhole = status === 200 && promised !== null && Number(promised) === part.size() - start;
    if (part.size() < file.size && !isWhole)
      throw new PassingFault(`the connection ended after ${part.size()} of ${file.size} bytes`);
    return "ended";
  });
}

function interrupted(fault: PassingFault, part: PartFile, { file }: Download, { id }: Asked): FateZeroError {
  return new FateZeroError(
    "hub-interrupted",
    `The download of ${file.path} of "${id}" broke off: ${fault.message}.`,
    `Run the same again: it goes on after the ${part.size()} of ${file.size} bytes that are here.`,
    { cause: fault.cause },
  );
}

/** What is wrong with a file that has come to its end; null if it is as listed. */
function faultOfContent(part: PartFile, { size, etag }: RemoteFile): string | null {
  if (part.size() !== size) return `it has ${part.size()} bytes where ${size} are listed`;
  const found = part.digest();
  return found === etag ? null : `its hash is ${found} where ${etag} is listed`;
}

/** A fault that another try may mend; throws whatever is none. */
function passing(error: unknown, signal: AbortSignal): PassingFault {
  signal.throwIfAborted();
  if (error instanceof PassingFault || error instanceof TypeError) return faultOf(error);
  throw error;
}

/** Asks until all bytes are here, or the server says that it has no more. Throws where trying again brings nothing new. */
async function fetchAll(
  download: Download,
  part: PartFile,
  asked: Asked,
  connection: Connection,
  onBytes: () => void,
): Promise<void> {
  const { size } = download.file;
  let withRange = true;
  let failures = 0;
  let furthest = part.size();
  while (part.size() < size) {
    try {
      const outcome = await fetchRest(download, part, withRange, asked, connection, onBytes);
      if (outcome === "ended") return;
      withRange = false;
      await part.restart();
    } catch (error) {
      const fault = passing(error, connection.signal);
      // A connection that breaks behind the last byte has done its work.
      if (part.size() === size) return;
      failures = part.size() - furthest >= LEAST_HUB_BYTES ? 0 : failures + 1;
      furthest = Math.max(furthest, part.size());
      if (failures > connection.retries) throw interrupted(fault, part, download, asked);
      await waitForNext(fault, failures, connection);
    }
  }
}

/**
 * Fetches a file into its blob: goes on where an earlier try ended, tries again as long as something new comes, and keeps
 * only what has the listed hash. `onBytes` is told how many bytes are here. Throws FateZeroError (`hub-interrupted`,
 * `hub-corrupt`, what the hub refuses); what came stays for the next run, unless its hash is wrong.
 */
export async function downloadBlob(
  download: Download,
  asked: Asked,
  connection: Connection,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { file, blob } = download;
  const partial = partOf(blob);
  const part = await openPart(partial, file.etag, file.size, connection.signal);
  const tell = (): void => onBytes(part.size());
  try {
    await fetchAll(download, part, asked, connection, tell);
    if (faultOfContent(part, file) !== null) {
      // An earlier run's part may be to blame, so all of it is fetched once more.
      await part.restart();
      tell();
      await fetchAll(download, part, asked, connection, tell);
      const wrong = faultOfContent(part, file);
      if (wrong !== null) {
        await part.close();
        await rm(partial, { force: true });
        throw new FateZeroError(
          "hub-corrupt",
          `${file.path} of "${asked.id}" came wrong twice: ${wrong}. It was thrown away.`,
          "Try again later, or from another mirror (HF_ENDPOINT).",
        );
      }
    }
    await part.sync();
  } finally {
    await part.close();
  }
  await rename(partial, blob);
}
