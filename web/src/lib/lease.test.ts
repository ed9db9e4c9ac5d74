import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Shelf, withLease } from "./lease";

let kept: Map<string, string>;
const shelf: Shelf = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => void kept.set(name, text),
  removeItem: (name) => void kept.delete(name),
};
// The shelf of a tab that has looked before any other had written.
function firstSeesNobody(): Shelf {
  let looks = 0;
  return { ...shelf, getItem: (name) => (looks++ === 0 ? null : shelf.getItem(name)) };
}

let atWork: number;
let most: number;
async function work(): Promise<string> {
  most = Math.max(most, ++atWork);
  await new Promise((resolve) => setTimeout(resolve, 20_000)); // longer than anybody is believed without a word
  atWork--;
  return "done";
}

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  atWork = 0;
  most = 0;
});
afterEach(() => void vi.useRealTimers());

test("of tabs that want to work at the same moment one does, and then the next", async () => {
  const all = Promise.all([shelf, shelf, firstSeesNobody(), firstSeesNobody()].map((one) => withLease(one, "x", work)));
  await vi.advanceTimersByTimeAsync(100_000);
  expect(await all).toEqual(["done", "done", "done", "done"]);
  expect(most).toBe(1);
  expect(kept.size).toBe(0);
});

test("different things are done at once", async () => {
  const all = Promise.all(["x", "y"].map((name) => withLease(shelf, name, work)));
  await vi.advanceTimersByTimeAsync(30_000);
  await all;
  expect(most).toBe(2);
});

test("who failed lets the next one in", async () => {
  const failed = expect(withLease(shelf, "x", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await vi.advanceTimersByTimeAsync(1000);
  await failed;
  expect(kept.size).toBe(0);
});

test.each([
  ["a tab that is closed in its turn", () => Date.now() + 5000],
  ["a turn of a clock that was wrong", () => Date.now() + 3_600_000],
])("%s is not waited for long", async (_, until) => {
  kept.set("x", JSON.stringify({ owner: "gone", until: until() }));
  let isDone = false;
  withLease(shelf, "x", async () => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(6000);
  expect(isDone).toBe(true);
});

test("where nothing can be kept, work is done all the same", async () => {
  const refuse = () => {
    throw new Error("not allowed");
  };
  const none: Shelf = { getItem: refuse, setItem: refuse, removeItem: refuse };
  const done = withLease(none, "x", async () => "done");
  await vi.advanceTimersByTimeAsync(1000);
  expect(await done).toBe("done");
});
