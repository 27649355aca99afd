import { FateZeroError } from "../../errors.ts";

/**
 * The deepest folder that holds all files, and each file's location below it as ONNX writes it (with `/`). Throws
 * FateZeroError `weights-apart` for files on two drives of Windows.
 */
export function commonFolder(files: readonly string[]): {
  path: string | null;
  locationOf: (file: string) => string;
} {
  const split = (file: string): string[] => file.replaceAll("\\", "/").split("/");
  const paths = [...new Set(files)].map(split);
  const first = paths[0];
  if (!first) return { path: null, locationOf: (file) => file };
  let depth = first.length - 1;
  for (const path of paths) {
    let shared = 0;
    while (shared < depth && path[shared] === first[shared]) shared++;
    depth = Math.min(depth, shared, path.length - 1);
  }
  if (depth === 0 && first[0] !== "") {
    const other = paths.find((path) => path[0] !== first[0]) ?? first;
    throw new FateZeroError(
      "weights-apart",
      `The weights lie on two drives, ${first[0]} and ${other[0]}, and ONNX Runtime reads them below one folder only.`,
      "Move the files to one drive.",
    );
  }
  const folder = first.slice(0, depth).join("/");
  return { path: folder === "" ? "/" : folder, locationOf: (file) => split(file).slice(depth).join("/") };
}
