import { expect, test } from "vitest";
import { dayOfMonth, formatEnd, formatTime, isSameClock, startOfDay, zoneCity } from "./time";

const NEW_YEAR = "2026-12-31T23:30:00Z";

test("a time is that of the venue", () => {
  expect(dayOfMonth(NEW_YEAR, "en", "Europe/Berlin")).toBe("1");
  expect(dayOfMonth(NEW_YEAR, "en", "America/New_York")).toBe("31");
  expect(formatTime(NEW_YEAR, "de", "Asia/Kolkata")).toMatch(/^0?5:00$/); // the zero differs between versions of ICU
});

test("the end has a day where the hour does not tell which", () => {
  const endOf = (end: string) => formatEnd("2027-06-10T19:00:00Z", end, "de", "UTC");
  expect(endOf("2027-06-11T01:00:00Z")).toMatch(/^0?1:00$/);
  expect(endOf("2027-06-11T18:59:00Z")).toBe("18:59");
  expect(endOf("2027-06-13T21:00:00Z")).toMatch(/13\. Juni.* 21:00$/);
});

test("zones are the same when their clocks are, at that time", () => {
  expect(isSameClock(NEW_YEAR, "Europe/Berlin", "Europe/Paris")).toBe(true);
  expect(isSameClock(NEW_YEAR, "Europe/Berlin", "Europe/London")).toBe(false);
  expect(isSameClock("2026-07-01T12:00:00Z", "America/Phoenix", "America/Los_Angeles")).toBe(true);
  expect(isSameClock("2026-12-01T12:00:00Z", "America/Phoenix", "America/Los_Angeles")).toBe(false);
});

test("a zone that is unknown here is shown in UTC instead of breaking the page", () => {
  expect(formatTime("2026-12-31T23:30:00Z", "de", "Mars/Olympus")).toBe("23:30");
});

test("days that do not exist are none", () => {
  expect(startOfDay("2026-02-30")).toBeUndefined();
  expect(startOfDay("tomorrow")).toBeUndefined();
  expect(startOfDay("2026-02-28", 1)).toBe(new Date(2026, 2, 1).toISOString());
});

test("a zone is named by its city", () => {
  expect(zoneCity("America/Argentina/Buenos_Aires")).toBe("Buenos Aires");
});
