import { describe, expect, it } from "vitest";
import { createJob } from "./job.ts";

async function* counting(): AsyncGenerator<number, string, void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield i;
  }
  return "done";
}

async function* failing(): AsyncGenerator<number, string, void> {
  yield 1;
  throw new Error("broken");
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe("job", () => {
  it("is awaited for its result", async () => {
    expect(await createJob(counting)).toBe("done");
  });

  it("is iterated for its events, and awaited afterwards without running again", async () => {
    let runs = 0;
    const job = createJob(() => {
      runs++;
      return counting();
    });
    expect(await collect(job)).toEqual([0, 1, 2]);
    expect(await job).toBe("done");
    expect(await collect(job)).toEqual([0, 1, 2]);
    expect(runs).toBe(1);
  });

  it("does not start before it is used", async () => {
    let started = false;
    const job = createJob(() => {
      started = true;
      return counting();
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(started).toBe(false);
    await job;
    expect(started).toBe(true);
  });

  it("fails where it is awaited and where it is iterated", async () => {
    const job = createJob(failing);
    await expect(collect(job)).rejects.toThrow("broken");
    await expect(job).rejects.toThrow("broken");
    await expect(createJob(failing)).rejects.toThrow("broken");
  });
});
