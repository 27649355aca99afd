import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "../cache-folder.node.ts";
import { cacheLimit } from "./cache.ts";

test("the cache is where the system wants it, unless it is said where", () => {
  expect(cacheFolder({}, "linux", "/home/a")).toBe(join("/home/a", ".cache", "fatezero"));
  expect(cacheFolder({ XDG_CACHE_HOME: "/x" }, "linux", "/home/a")).toBe(join("/x", "fatezero"));
  expect(cacheFolder({ XDG_CACHE_HOME: "relative" }, "linux", "/home/a")).toBe(
    join("/home/a", ".cache", "fatezero"),
  );
  expect(cacheFolder({}, "darwin", "/Users/a")).toBe(join("/Users/a", "Library", "Caches", "fatezero"));
  expect(cacheFolder({ LOCALAPPDATA: "/l" }, "win32", "/u")).toBe(join("/l", "fatezero", "Cache"));
  expect(cacheFolder({ FATEZERO_CACHE: "here", XDG_CACHE_HOME: "/x" }, "darwin", "/u")).toBe(resolve("here"));
});

test.each([
  ["1000", 1000],
  ["500M", 5e8],
  ["2g", 2e9],
  ["1.5 GB", 1.5e9],
  ["1.5 GiB", 1.5 * 2 ** 30],
  ["0", 0],
])("a limit of %s", (text, bytes) => {
  expect(cacheLimit({ FATEZERO_CACHE_LIMIT: text })).toBe(bytes);
});

test.each(["much", "-1", "2X", "1e9 G", "2 G 3"])("no limit: %s", (text) => {
  expect(() => cacheLimit({ FATEZERO_CACHE_LIMIT: text })).toThrow(`FATEZERO_CACHE_LIMIT is "${text}"`);
});
