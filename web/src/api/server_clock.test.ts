import { expect, onTestFinished, test, vi } from "vitest";
import { ServerClock } from "./server_clock";

const at = (ms: number) => new Date(ms).toUTCString();

test("without an answer this machine's clock counts", () => {
  expect(new ServerClock().offset).toBe(0);
});

test("many answers tell the offset better than their whole seconds do", () => {
  const clock = new ServerClock();
  const offset = 73_420; // the server is ahead
  for (let i = 0; i < 40; i++) {
    const asked = 1_000_000_000 + i * 1033;
    clock.learn(at(asked + 10 + offset), asked, asked + 20);
  }
  expect(Math.abs(clock.offset - offset)).toBeLessThan(60);
});

test("the latest time is never before the server's, and after it by a second and the way of the answer at most", () => {
  vi.useFakeTimers(); // the clock stands still while it is read twice
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const asked = 1_000_000_000;
  const way = 10;
  const ahead = (offset: number, written: number) => {
    const clock = new ServerClock();
    clock.learn(at(asked + written + offset), asked, asked + way);
    vi.setSystemTime(asked + way);
    return clock.latest() - (asked + way + offset);
  };
  const all = Array.from({ length: 1000 }, (_, ms) => [ahead(73_000 + ms, 0), ahead(73_000 + ms, way)]).flat();
  expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...all)).toBeLessThanOrEqual(1000 + way);
});

test("a clock that was set is believed anew", () => {
  const clock = new ServerClock();
  clock.learn(at(10_000), 10_100, 10_200);
  clock.learn(at(3_610_000), 10_300, 10_400);
  expect(clock.offset).toBeGreaterThan(3_590_000);
});

test("an answer without a date, or with nonsense, changes nothing", () => {
  const clock = new ServerClock();
  clock.learn(null, 1, 2);
  clock.learn("soon", 1, 2);
  expect(clock.offset).toBe(0);
});
