/** Links between documents lead somewhere, in the repository and in the package as it is installed. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { inRepository } from "../support/fixtures.ts";

const run = promisify(execFile);

interface Link {
  readonly from: string;
  readonly to: string;
}

/** Links and pictures of a Markdown file. */
function linksOf(from: string): Link[] {
  const text = readFileSync(inRepository(from), "utf8");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => ({ from, to: to! }));
}

const isRelative = ({ to }: Link): boolean => !/^[a-z]+:|^#/.test(to);
/** Where a relative link leads, from the repository's root. */
const targetOf = ({ from, to }: Link): string => normalize(join(dirname(from), to.split("#")[0]!));
const arrow = ({ from, to }: Link): string => `${from} → ${to}`;

async function listed(command: string, args: readonly string[]): Promise<string> {
  return (await run(command, args, { cwd: inRepository("."), maxBuffer: 2 ** 26 })).stdout;
}

describe("links of the documents", async () => {
  const documents = (await listed("git", ["ls-files", "*.md"]))
    .split("\n")
    .filter((file) => file !== "" && !file.startsWith("test/fixtures/"));
  const packed = JSON.parse(await listed("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"])) as [
    { readonly files: readonly { readonly path: string }[] },
  ];
  const shipped = packed[0].files.map(({ path }) => path);
  const { homepage } = JSON.parse(readFileSync(inRepository("package.json"), "utf8")) as { homepage: string };
  const links = documents.flatMap(linksOf);

  it("lead to files that are there", () => {
    expect(links.length).toBeGreaterThan(50);
    const broken = links.filter((link) => isRelative(link) && !existsSync(inRepository(targetOf(link))));
    expect(broken.map(arrow)).toEqual([]);
  });

  it("of the package lead to files that are in it, or to the repository", () => {
    const isShipped = (path: string): boolean =>
      shipped.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`));
    const lost = links.filter(
      (link) => shipped.includes(link.from) && isRelative(link) && !isShipped(targetOf(link)),
    );
    expect(shipped).toContain("docs/library.md");
    expect(lost.map(arrow)).toEqual([]);
  });

  it("to the repository lead to files that are there", () => {
    const root = `${homepage.replace(/#.*$/, "")}/blob/main/`;
    const own = links.filter(({ to }) => to.startsWith(root));
    const broken = own.filter(({ to }) => !existsSync(inRepository(to.slice(root.length).split("#")[0]!)));
    expect(own.length).toBeGreaterThan(0);
    expect(broken.map(arrow)).toEqual([]);
  });

  it("are in a package that holds tinytown's CLIP, which loadClip opens", () => {
    expect(shipped).toContain("models/tinytown/clip/model.safetensors");
  });
});
