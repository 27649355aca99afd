import { expect, it } from "vitest";
import { byCodePoints, byNumber } from "./natural-order.ts";

const shuffled = (names: readonly string[]) =>
  names.toSorted((a, b) => (a.length * 7) % 5 || (a < b ? 1 : -1));

it.each([
  [["frame1.png", "frame2.png", "frame10.png", "frame11.png"]],
  [["1.png", "02.png", "3.png", "0010.png"]],
  [["F1.png", "f2.png", "F10.png", "f11.png"]],
  [["a2.png", "a10.png", "b1.png", "b2.png"]],
  [["shot2_9.png", "shot2_10.png", "shot10_1.png"]],
  [["IMG.jpg", "IMG (2).jpg", "IMG (10).jpg"]],
  [["a.png", "a-2.png", "a-10.png"]],
  [["كادر٢.png", "كادر٣.png", "كادر١٠.png"]],
  [["２.png", "１０.png"]],
  [["20240101000000000000000009.png", "20240101000000000000000010.png"]],
  [["1.jpg", "1.png", "01.webp"].toSorted(byCodePoints)],
])("%j is in order", (names) => {
  expect(shuffled(names).sort(byNumber)).toEqual(names);
});

it("code points beyond 16 bits come after all others", () => {
  expect(["\u{1f697}.png", "\uff21.png", "a.png", "10.png", "2.png"].sort(byCodePoints)).toEqual([
    "10.png",
    "2.png",
    "a.png",
    "\uff21.png",
    "\u{1f697}.png",
  ]);
});
