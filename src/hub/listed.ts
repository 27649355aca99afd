import { isJsonObject } from "../json.ts";
import { MAX_HUB_FILES, MAX_HUB_PATH_CHARACTERS } from "../limits.ts";
import type { RemoteFile } from "./types.ts";

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);

/** Why a path cannot be one inside a repository; null if it can. */
function faultOfPath(path: unknown): string | null {
  if (typeof path !== "string" || path === "") return `has the path ${shown(path)}, which is no text`;
  const isInside =
    path.length <= MAX_HUB_PATH_CHARACTERS &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..") &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    !/[\\\u0000-\u001f\u007f]|^[a-z]:/i.test(path);
  return isInside ? null : `has the path ${shown(path)}, which is none inside a repository`;
}

function faultOfSize(path: string, size: unknown): string | null {
  if (Number.isSafeInteger(size) && (size as number) >= 0) return null;
  return `gives ${shown(path)} the size ${shown(size)}`;
}

/** The files of a listing that have come so far. */
export interface Listing {
  readonly files: readonly RemoteFile[];
  /** Takes an entry; folders are passed over. Returns in words why it cannot be one, null if it can. */
  add(entry: unknown): string | null;
}

/** Gathers the entries of a listing: nothing of one is used before all of it is checked. */
export function createListing(): Listing {
  const files: RemoteFile[] = [];
  const paths = new Set<string>();
  return {
    files,
    add(entry) {
      if (!isJsonObject(entry)) return `holds ${shown(entry)}, which is no file`;
      const { type, path, size: plain, oid, lfs } = entry;
      const inLfs = isJsonObject(lfs) ? lfs : null;
      const wrong = faultOfPath(path);
      if (wrong !== null) return wrong;
      if (type !== "file") return null;
      const name = path as string;
      // Some file systems tell two forms of one letter not apart.
      const place = name.normalize("NFC");
      if (paths.has(place)) return `holds ${shown(name)} twice`;
      if (paths.size === MAX_HUB_FILES) return `holds more than ${MAX_HUB_FILES} files`;
      const size = inLfs && "size" in inLfs ? inLfs.size : plain;
      const etag = inLfs && "oid" in inLfs ? inLfs.oid : oid;
      const wrongSize = faultOfSize(name, size);
      if (wrongSize !== null) return wrongSize;
      // The hash becomes a file's name and is what its bytes are held against.
      if (typeof etag !== "string" || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag))
        return `gives ${shown(name)} the hash ${shown(etag)}`;
      paths.add(place);
      files.push({ path: name, size: size as number, etag });
      return null;
    },
  };
}
