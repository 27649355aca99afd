/** The deepest folder that holds all files, and each file's location below it as ONNX writes it (with `/`). */
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
  const folder = first.slice(0, depth).join("/");
  return { path: folder === "" ? "/" : folder, locationOf: (file) => split(file).slice(depth).join("/") };
}
