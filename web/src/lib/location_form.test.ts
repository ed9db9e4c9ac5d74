import { expect, test } from "vitest";
import { checkLocation, emptyHall, emptyLocation, type LocationForm, locationBody } from "./location_form";

const hall = (name: string, capacity: string) => ({ ...emptyHall(name), name, capacity });
const good: LocationForm = {
  ...emptyLocation("Europe/Berlin"),
  name: "Club",
  country: "DE",
  halls: [hall("A", "100"), hall("B ", "1000000")],
};
const issues = (change: Partial<LocationForm>) =>
  Object.fromEntries(Object.entries(checkLocation({ ...good, ...change })).filter(([, issue]) => issue));

test("a good form has no issues, and becomes what the server is sent", () => {
  expect(issues({})).toEqual({});
  expect(locationBody(good).halls).toEqual([
    { name: "A", description: "", capacity: 100 },
    { name: "B", description: "", capacity: 1_000_000 },
  ]);
});

test("nothing filled in: each needed field says so, also those of the first hall", () => {
  expect(Object.keys(issues(emptyLocation("")))).toEqual([
    "location.name",
    "location.country",
    "location.time_zone",
    "location.halls[0].name",
    "location.halls[0].capacity",
  ]);
});

test("halls have names of their own and a number of seats", () => {
  expect(issues({ halls: [hall("A", "1"), hall(" A", "1")] })).toEqual({ "location.halls[1].name": "taken" });
  for (const capacity of ["0", "1000001", "1.5", "-3"])
    expect(issues({ halls: [hall("A", capacity)] }), capacity).toEqual({
      "location.halls[0].capacity": { between: [1, 1_000_000] },
    });
});

test("opening hours are times of day, or not known", () => {
  expect(issues({ openTime: "18:00", closeTime: "02:00" })).toEqual({});
  expect(issues({ openTime: "24:00" })).toEqual({ "location.open_time": "badTimeOfDay" });
});
