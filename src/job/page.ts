import { stat, writeFile } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { removeLeftovers, replacePath, temporarySibling, writeFault } from "../files/index.node.ts";
import { say, the } from "../say.ts";
import { encodePng } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import { usageError } from "./usage.ts";
import { checkWritable } from "./writable.ts";

/** Pages that need nothing else: no other file, no network. */

/** Refuses, before any work, a place where no page can be written; `field` named it. */
export async function checkPage(path: string, field: "report" | "out"): Promise<void> {
  if (!/\.html?$/i.test(path)) {
    throw new FateZeroError(
      "output-format",
      say`${the(field, path)} does not end in .html, and it is a page.`,
      'Name it e.g. "page.html".',
    );
  }
  await checkWritable(path);
  const isFolder = await stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (isFolder) throw usageError(say`${the(field, path)} is a folder.`, "Name a file that ends in .html.");
}

/** Text as it may stand in HTML, in an attribute too. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** A frame as an address that holds it. */
export async function dataUri(frame: Frame): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await encodePng(frame)).toString("base64")}`;
}

/** What all pages look like, in light and in the dark. */
export const PAGE_STYLE = `:root{color-scheme:light dark;--ink:#1c2026;--faint:#5c626c;--ground:#fff;--raised:#f5f6f8;--line:#d8dce2;--accent:#14509b;--mark:#fff0b8}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--faint:#a2a8b2;--ground:#14171c;--raised:#1c2027;--line:#333a44;--accent:#8fbcff;--mark:#5a4a12}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:2rem auto;max-width:74rem;padding:0 1rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.faint{color:var(--faint)}code{overflow-wrap:anywhere}mark{background:var(--mark);color:inherit;border-radius:3px;padding:0 .15em}`;

/** Writes a page. It takes its name only when it is complete. */
export async function writePage(path: string, html: string): Promise<void> {
  await removeLeftovers(path);
  const partial = temporarySibling(path);
  await writeFile(partial, html)
    .then(() => replacePath(partial, path, "file"))
    .catch((cause: unknown) => {
      throw writeFault(path, cause);
    });
}
