import { expect, test } from "vitest";
import { commonFolder } from "./location.ts";

test("the deepest folder that holds all files, and where each is below it", () => {
  const { path, locationOf } = commonFolder(["/m/unet/a.bin", "/m/lora/b.bin"]);
  expect(path).toBe("/m");
  expect(locationOf("/m/lora/b.bin")).toBe("lora/b.bin");
  const apart = commonFolder(["/m/a.bin", "/tmp/b.bin"]);
  expect(apart.path).toBe("/");
  expect(apart.locationOf("/tmp/b.bin")).toBe("tmp/b.bin");
  expect(commonFolder(["C:\\m\\a.bin", "C:\\l\\b.bin"]).path).toBe("C:");
});

test("two drives have none, which is said", () => {
  expect(() => commonFolder(["C:\\m\\a.bin", "D:\\l\\b.bin"])).toThrow(
    "The weights lie on two drives, C: and D:",
  );
});
