/** A reader that goes away (`| head -1`) is no reason to fail, nor to lose the work. */
export function survivePipeClosing(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
