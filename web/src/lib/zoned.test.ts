import { expect, test } from "vitest";
import { laterOn, midnight, momentOf, offsetName, wallOf } from "./zoned";

test("a time on the wall is that of the zone, in summer and in winter", () => {
  expect(momentOf("2026-07-01T19:30", "Europe/Berlin")).toEqual({ time: "2026-07-01T17:30:00.000Z", kind: "once" });
  expect(momentOf("2026-12-01T19:30", "Europe/Berlin")).toEqual({ time: "2026-12-01T18:30:00.000Z", kind: "once" });
  expect(momentOf("2026-12-01T00:15", "Asia/Kolkata")).toEqual({ time: "2026-11-30T18:45:00.000Z", kind: "once" });
  expect(momentOf("2026-12-01T20:00", "Pacific/Auckland")).toEqual({ time: "2026-12-01T07:00:00.000Z", kind: "once" });
});

test("there and back is the same", () => {
  for (const zone of ["Europe/Berlin", "America/St_Johns", "Pacific/Chatham", "Asia/Kathmandu", "UTC"])
    for (let day = 0; day < 366; day++) {
      const at = Date.UTC(2026, 0, 1 + day, 15, 45);
      const moment = momentOf(wallOf(at, zone), zone);
      expect("time" in moment && Math.abs(Date.parse(moment.time) - at) <= 3_600_000, `${zone} ${day}`).toBe(true);
      if (moment.kind === "once") expect(moment.time).toBe(new Date(at).toISOString());
    }
});

test("an hour that the clocks leap over is none", () => {
  expect(momentOf("2026-03-29T02:30", "Europe/Berlin")).toEqual({ kind: "never" });
  expect(momentOf("2026-03-29T03:00", "Europe/Berlin")).toEqual({ time: "2026-03-29T01:00:00.000Z", kind: "once" });
  expect(momentOf("2026-03-08T02:00", "America/New_York")).toEqual({ kind: "never" });
});

test("of an hour that comes twice it is the first", () => {
  expect(momentOf("2026-10-25T02:30", "Europe/Berlin")).toEqual({ time: "2026-10-25T00:30:00.000Z", kind: "twice" });
  expect(momentOf("2026-10-25T03:00", "Europe/Berlin")).toEqual({ time: "2026-10-25T02:00:00.000Z", kind: "once" });
  expect(momentOf("2026-04-05T01:45", "Australia/Lord_Howe").kind).toBe("twice"); // set back by half an hour
});

test("what is no time is unreadable", () => {
  for (const wall of ["", "tomorrow", "2026-02-30T10:00", "2026-01-01T24:00", "2026-01-01 10:00"])
    expect(momentOf(wall, "UTC"), wall).toEqual({ kind: "unreadable" });
});

test("days begin at the midnight of the zone, also those of 23 and 25 hours", () => {
  const noon = Date.UTC(2026, 9, 25, 11);
  const begin = midnight(noon, "Europe/Berlin");
  expect(new Date(begin).toISOString()).toBe("2026-10-24T22:00:00.000Z");
  expect(midnight(noon, "Europe/Berlin", 1) - begin).toBe(25 * 3_600_000);
  // In Beirut clocks leap at midnight: the day begins at one.
  expect(wallOf(midnight(Date.UTC(2026, 2, 29, 12), "Asia/Beirut"), "Asia/Beirut")).toBe("2026-03-29T01:00");
});

test("a zone says how far it is from UTC at that time", () => {
  expect(offsetName(Date.UTC(2026, 6, 1), "Europe/Berlin")).toBe("UTC+2");
  expect(offsetName(Date.UTC(2026, 11, 1), "America/St_Johns")).toBe("UTC-3:30");
  expect(offsetName(0, "UTC")).toMatch(/^UTC/); // "UTC+0" with other versions of ICU
});

test("later on the wall may be the next day", () => {
  expect(laterOn("2026-12-31T23:00", 120)).toBe("2027-01-01T01:00");
  expect(laterOn("soon", 120)).toBe("");
});
