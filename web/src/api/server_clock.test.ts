import { expect, test } from "vitest";
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

test("the latest time is never before the server's, and a second after it at most", () => {
  const clock = new ServerClock();
  const offset = 73_999; // the second is nearly over there
  const asked = Date.now();
  clock.learn(at(asked + offset), asked, asked + 10);
  const ahead = clock.latest() - (Date.now() + offset);
  expect(ahead).toBeGreaterThanOrEqual(-1); // a millisecond may have gone by between the two
  expect(ahead).toBeLessThanOrEqual(1001);
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
