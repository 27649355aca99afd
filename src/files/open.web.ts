import { FateZeroError } from "../errors.ts";
import type { ByteSource } from "./source.ts";

function unreadable(address: string, why: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "file-access",
    `Cannot read ${address}: ${why}.`,
    "Check the address, and that its server lets this page read it (CORS).",
    { cause },
  );
}

/**
 * Reads what an address leads to for as long as `use` takes: the parts that are asked for, or once the whole where the
 * server knows no parts. Throws FateZeroError `file-access`.
 */
export async function withSource<T>(address: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  let whole: Uint8Array<ArrayBuffer> | null = null;

  /** Asks for the bytes from `start` to `end`, both included; null where there are none. */
  const ask = async (start: number, end: number): Promise<Response | null> => {
    const headers = { range: `bytes=${start}-${end}` };
    const response = await fetch(address, { headers }).catch((cause: unknown) => {
      throw unreadable(address, cause instanceof Error ? cause.message : String(cause), cause);
    });
    if (response.status === 416) return null;
    if (response.status === 200) {
      whole = new Uint8Array(await response.arrayBuffer());
      return response;
    }
    if (response.status !== 206)
      throw unreadable(address, `its server answers with status ${response.status}`);
    // A page sees this header of another origin only where its server allows it; else the status has to do.
    const sent = response.headers.get("content-range") ?? `bytes ${start}-`;
    if (!sent.startsWith(`bytes ${start}-`))
      throw unreadable(address, "its server sent another part than was asked for");
    return response;
  };

  return use({
    async size() {
      const response = whole ? null : await ask(0, 0);
      if (whole) return whole.length;
      // An empty file has no first byte.
      if (!response) return 0;
      await response.body?.cancel();
      const size = Number(response.headers.get("content-range")?.split("/")[1] ?? Number.NaN);
      if (Number.isSafeInteger(size)) return size;
      throw unreadable(address, "its server does not tell its size (Content-Range)");
    },
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      const response = whole ? null : await ask(offset, offset + length - 1);
      if (whole) return whole.slice(offset, offset + length);
      return response ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array(0);
    },
  });
}
