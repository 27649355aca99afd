/**
 * What a browser would load of the method: files, files that are for Node (none, as test/browser sees to), and bytes.
 *
 *     npm run bench:bundle [ENTRY…]
 */
import { bundleForBrowser, type Sizes, sizesForBrowser } from "../test/browser/bundle.ts";

const given = process.argv.slice(2);
const entries =
  given.length > 0 ? given : ["test/browser/method.ts", "src/edit/index.ts", "src/model/index.ts"];

const sizeText = ({ bytes, gzipBytes }: Sizes): string =>
  `${(bytes / 1000).toFixed(1)} kB minified, ${(gzipBytes / 1000).toFixed(1)} kB with gzip`;

for (const entry of entries) {
  const { files, forNode } = await bundleForBrowser(entry);
  const { first, later } = await sizesForBrowser(entry);
  const own = files.filter((file) => file.startsWith("src/"));
  console.log(
    `${entry}: ${files.length} files, ${own.length} of them its own, ${forNode.length} imports for Node`,
  );
  console.log(`  at once  ${sizeText(first)}\n  later    ${sizeText(later)}`);
}
