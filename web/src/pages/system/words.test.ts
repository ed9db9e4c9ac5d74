import { expect, test } from "vitest";
import { en } from "@/strings/system_en";
import { durationText, quantileText, rateText, sizeText, uptimeText } from "./words";

test("a rate has as many digits as it bears, and a small one is not nothing", () => {
  expect([0, 0.04, 0.5, 1.25, 12.34, 123.4, 23_110].map((rate) => rateText(rate, "en"))).toEqual([
    "0",
    "< 0.1",
    "0.5",
    "1.3",
    "12.3",
    "123",
    "23,110",
  ]);
  expect(rateText(23_110, "en", true)).toBe("23K");
  expect(rateText(1234.5, "de")).toBe("1.235");
});

test("durations are told in milliseconds below a second", () => {
  expect([0.00025, 0.0123, 0.5, 1, 10].map((seconds) => durationText(seconds, "en"))).toEqual([
    "0.25 ms",
    "12.3 ms",
    "500 ms",
    "1 s",
    "10 s",
  ]);
  expect(quantileText({ seconds: 10, isMore: true }, "en")).toBe("> 10 s");
  expect(quantileText(undefined, "en")).toBe("–");
});

test("sizes stop at the unit that fits", () => {
  expect([0, 999, 17_616_896, 131_072, 1e15].map((bytes) => sizeText(bytes, "en"))).toEqual([
    "0 B",
    "999 B",
    "17.6 MB",
    "131 kB",
    "1,000 TB",
  ]);
});

test("a time is told by its greatest units", () => {
  const of = (seconds: number) => uptimeText(seconds * 1000, en.units);
  expect([0, 59, 60, 3600, 3725, 90_000, 86_400].map(of)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "1 h",
    "1 h 2 min",
    "1 d 1 h",
    "1 d",
  ]);
  expect(uptimeText(3_725_000, en.units, 1)).toBe("1 h");
});
