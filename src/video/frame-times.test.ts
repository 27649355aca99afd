import { describe, expect, it } from "vitest";
import { frameTimes, rateOver } from "./frame-times.ts";

async function* packets(times: Iterable<number>, onRead = () => {}) {
  for (const timestamp of times) {
    onRead();
    yield { timestamp, duration: 0.04 };
  }
  return false;
}

describe("frameTimes", () => {
  it("puts packets into the order of showing", async () => {
    const { times, complete } = await frameTimes(packets([0, 0.12, 0.04, 0.08, 0.16]), 10);
    expect(times).toEqual([0, 0.04, 0.08, 0.12, 0.16]);
    expect(complete).toBe(true);
  });

  it("reads no further than the order needs", async () => {
    let read = 0;
    const endless = (function* () {
      for (let i = 0; ; i++) yield i * 0.04;
    })();
    const { times, complete } = await frameTimes(
      packets(endless, () => {
        read++;
      }),
      7,
    );
    expect(times).toHaveLength(8);
    expect(complete).toBe(false);
    expect(read).toBeLessThan(50);
  });
});

describe("rateOver", () => {
  it("keeps the nominal rate of times rounded to milliseconds", () => {
    const times = [0, 0.033, 0.067, 0.1, 0.133, 0.167];
    expect(rateOver(times, [0, 1, 2, 3, 4, 5], 30)).toBe(30);
  });

  it("takes the mean of a variable rate", () => {
    expect(rateOver([0, 0.1, 0.3, 0.4], [0, 1, 2, 3], 10)).toBeCloseTo(7.5);
  });

  it("takes the nominal rate for one frame", () => {
    expect(rateOver([0, 0.1], [1], 10)).toBe(10);
  });
});
