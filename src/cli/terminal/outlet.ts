/** A stream that may break (a full disk, a reader that is gone) without harm to the work that is told on it. */
export interface Outlet {
  /** Waits for what was written; why it could not be, null where it was or where the reader chose to leave. */
  fault(): Promise<string | null>;
}

/** Watches a stream from now on: its errors are kept, not thrown. */
export function watchOutlet(stream: NodeJS.WriteStream): Outlet {
  let fault: NodeJS.ErrnoException | null = null;
  stream.on("error", (error) => {
    fault ??= error;
  });
  return {
    async fault() {
      if (!stream.destroyed && stream.writable)
        await new Promise<void>((resolve) => stream.write("", () => resolve()));
      // The error of the last write comes a turn after it.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return fault && fault.code !== "EPIPE" ? reasonOf(fault) : null;
    },
  };
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return "there is no space left";
  return message;
}
