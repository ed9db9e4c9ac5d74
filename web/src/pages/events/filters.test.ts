import { expect, test } from "vitest";
import { type Filters, readFilters, toQuery, writeFilters } from "./filters";

const read = (search: string) => readFilters(new URLSearchParams(search));
const WEDNESDAY = new Date(2026, 10, 25, 14, 30, 12);
const local = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString();

test("filters survive the address", () => {
  const filters: Filters = {
    text: "ring & co",
    category: "opera",
    country: "DE",
    location: "",
    time: "range",
    from: "2026-12-01",
    to: "2026-12-24",
    withSeats: true,
    sort: "name",
  };
  expect(readFilters(writeFilters(filters))).toEqual(filters);
  expect(writeFilters(read("")).toString()).toBe("");
});

test("what an address says wrongly is left out", () => {
  const filters = read("category=../x&country=germany&when=never&from=2026-13-01&sort=price");
  expect(filters).toEqual(read(""));
});

test("the weekend is from Friday until Monday, or what is left of it", () => {
  const query = toQuery(read("when=weekend"), WEDNESDAY);
  expect([query.startTimeFrom, query.startTimeBefore]).toEqual([local(2026, 11, 27), local(2026, 11, 30)]);
  const sunday = new Date(2026, 10, 29, 20, 0);
  const left = toQuery(read("when=weekend"), sunday);
  expect([left.startTimeFrom, left.startTimeBefore]).toEqual([sunday.toISOString(), local(2026, 11, 30)]);
});

test("a range ends with its last day, and never begins in the past", () => {
  const query = toQuery(read("when=range&from=2026-11-01&to=2026-11-30"), WEDNESDAY);
  expect(query.startTimeFrom).toBe(new Date(2026, 10, 25, 14, 30).toISOString());
  expect(query.startTimeBefore).toBe(local(2026, 12, 1));
});
