import { expect, test } from "vitest";
import { calendar, fold } from "./ics";

test("an entry has its times in UTC, and what is special escaped", () => {
  const text = calendar({
    uid: "b@myevents",
    title: "Bach; Händel, and more",
    place: "Großer Saal\nHamburg",
    text: "C:\\seats",
    start: "2026-12-01T18:30:00Z",
    end: "2026-12-01T19:45:00.5Z",
    madeAt: new Date("2026-11-26T20:00:00.123Z"),
  });
  const lines = text.split("\r\n");
  expect(lines).toContain("DTSTAMP:20261126T200000Z");
  expect(lines).toContain("DTSTART:20261201T183000Z");
  expect(lines).toContain("DTEND:20261201T194500Z");
  expect(lines).toContain("SUMMARY:Bach\\; Händel\\, and more");
  expect(lines).toContain("LOCATION:Großer Saal\\nHamburg");
  expect(lines).toContain("DESCRIPTION:C:\\\\seats");
  expect(text.endsWith("END:VCALENDAR\r\n")).toBe(true);
});

test("long lines are folded at 75 bytes, between characters", () => {
  const line = `SUMMARY:${"ö🎻".repeat(60)}`;
  const folded = fold(line);
  for (const part of folded.split("\r\n")) expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(75);
  expect(folded.replaceAll("\r\n ", "")).toBe(line);
  expect(folded).not.toContain("\uFFFD");
});
