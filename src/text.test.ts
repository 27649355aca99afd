import { describe, expect, it } from "vitest";
import { decodeText } from "./text.ts";

const TEXT = '# Größe\n{"prompt": "ein roter Wagen 🚗", "猫": 1}\n';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const units =
  (width: number, isBig: boolean) =>
  (text: string): Uint8Array => {
    const values =
      width === 2
        ? Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
        : [...text].map((letter) => letter.codePointAt(0)!);
    const bytes = new DataView(new ArrayBuffer(values.length * width));
    values.forEach((value, i) => {
      if (width === 2) bytes.setUint16(i * 2, value, !isBig);
      else bytes.setUint32(i * 4, value, !isBig);
    });
    return new Uint8Array(bytes.buffer);
  };
const [utf16le, utf16be, utf32le, utf32be] = [
  units(2, false),
  units(2, true),
  units(4, false),
  units(4, true),
];
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe("a text", () => {
  it.each([
    ["UTF-8", utf8(TEXT)],
    ["UTF-8 with a mark", utf8(`\ufeff${TEXT}`)],
    ["UTF-16, little end first", utf16le(`\ufeff${TEXT}`)],
    ["UTF-16, big end first", utf16be(`\ufeff${TEXT}`)],
    ["UTF-16 without a mark", utf16le(TEXT)],
    ["UTF-16 without a mark, big end first", utf16be(TEXT)],
    ["lines that end as on Windows", utf8(TEXT.replaceAll("\n", "\r\n"))],
    ["lines that end as on old Macs", utf16be(`\ufeff${TEXT.replaceAll("\n", "\r")}`)],
  ])("is read in %s", (_, bytes) => {
    expect(decodeText(bytes)).toEqual({ text: TEXT });
  });

  it("may be empty, begin with any letter, and hold a mark further on", () => {
    expect(decodeText(utf8(""))).toEqual({ text: "" });
    expect(decodeText(utf8("a"))).toEqual({ text: "a" });
    expect(decodeText(utf16le("\ufeff"))).toEqual({ text: "" });
    expect(decodeText(utf16le("\ufeff猫"))).toEqual({ text: "猫" });
    expect(decodeText(utf8("猫\ufeff"))).toEqual({ text: "猫\ufeff" });
  });

  it.each([
    ["UTF-32", utf32le(`\ufeff${TEXT}`)],
    ["UTF-32", utf32be(`\ufeff${TEXT}`)],
    ["UTF-32", utf32le("a text")],
    ["UTF-32", utf32be("a text")],
    ["not UTF-8 in line 2: its letters are in an older encoding", latin1("one: 1\ntwo: Größe\n")],
    ["damaged UTF-16", utf16le(`\ufeff${TEXT}`).subarray(0, 21)],
    ["damaged UTF-16", utf16be("\ufeffa \ud83d car")],
    ["binary data", utf8("\0\0\0\u0020ftypisom\0\0\u0002\0")],
    ["binary data", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d)],
    ["binary data", Uint8Array.of(0x50, 0x4b, 3, 4, 0x14, 0, 0, 0, 8, 0)],
    ["binary data", Uint8Array.of(0x58, 2, 0, 0, 0, 0, 0, 0, 0x7b, 0x22)],
    ["binary data", utf8("text\0")],
  ])("is told to be %s where it cannot be read", (what, bytes) => {
    expect(decodeText(bytes).fault).toContain(what);
  });
});
