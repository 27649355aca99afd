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

  it("is a promise by its ways: catch and finally", async () => {
    expect(await createJob(failing).catch((error: Error) => error.message)).toBe("broken");
    let settled = 0;
    const count = (): void => {
      settled++;
    };
    expect(await createJob(counting).finally(count)).toBe("done");
    await expect(createJob(failing).finally(count)).rejects.toThrow("broken");
    expect(settled).toBe(2);
    expect(await Promise.all([createJob(counting), 1])).toEqual(["done", 1]);
  });

  /** A generator that waits for its end, and how it ended. */
  function endless() {
    const ends: string[] = [];
    const run = async function* (signal: AbortSignal): AsyncGenerator<number, string, void> {
      try {
        for (let i = 0; ; i++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          signal.throwIfAborted();
          yield i;
        }
      } catch (error) {
        ends.push((error as Error).name);
        throw error;
      } finally {
        ends.push("closed");
      }
    };
    return { ends, run };
  }

  it.each([
    ["break", undefined],
    ["an error", new Error("own")],
  ])("ends when its iteration is left by %s", async (_, error) => {
    const { ends, run } = endless();
    const job = createJob(run);
    const leave = async (): Promise<void> => {
      for await (const i of job) {
        if (i < 2) continue;
        if (error) throw error;
        break;
      }
    };
    if (error) await expect(leave()).rejects.toThrow("own");
    else await leave();
    expect(ends).toEqual(["AbortError", "closed"]);
    await expect(job).rejects.toMatchObject({ name: "AbortError" });
  });

  it("goes on when an iteration is left while its result is awaited or another iteration runs", async () => {
    const awaited = createJob(counting);
    const result = awaited.then((value) => value);
    for await (const _ of awaited) break;
    expect(await result).toBe("done");

    const iterated = createJob(counting);
    const all = collect(iterated);
    for await (const _ of iterated) break;
    expect(await all).toEqual([0, 1, 2]);
  });

  it("ends by the signal that it was given", async () => {
    const abort = new AbortController();
    const { ends, run } = endless();
    const job = createJob(run, abort.signal);
    const leave = async (): Promise<void> => {
      for await (const i of job) if (i === 1) abort.abort(new Error("enough"));
    };
    await expect(leave()).rejects.toThrow("enough");
    expect(ends).toEqual(["Error", "closed"]);
  });

  it("fails where it is awaited and where it is iterated", async () => {
    const job = createJob(failing);
    await expect(collect(job)).rejects.toThrow("broken");
    await expect(job).rejects.toThrow("broken");
    await expect(createJob(failing)).rejects.toThrow("broken");
  });
});
