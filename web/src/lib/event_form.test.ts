import { expect, test } from "vitest";
import type { Event } from "@/api/client";
import { checkEvent, type EventForm, emptyEvent, eventBody, eventForm } from "./event_form";
import { hasIssues } from "./issues";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const BERLIN = "Europe/Berlin";
const hall = { name: "A", description: "", capacity: 300 };
const good: EventForm = {
  ...emptyEvent("location"),
  name: " Tosca ",
  hall: "A",
  start: "2026-12-01T19:30",
  end: "2026-12-01T22:00",
  capacity: "120",
  price: "12,50",
};
const issues = (change: Partial<EventForm>, zone = BERLIN) => {
  const found = Object.entries(checkEvent({ ...good, ...change }, zone, hall, NOW)).filter(([, issue]) => issue);
  return Object.fromEntries(found);
};

test("a good form has no issues, and becomes what the server is sent", () => {
  expect(hasIssues(checkEvent(good, BERLIN, hall, NOW))).toBe(false);
  expect(eventBody(good, BERLIN)).toEqual({
    name: "Tosca",
    description: "",
    category: "",
    locationId: "location",
    hall: "A",
    timeZone: BERLIN,
    startTime: "2026-12-01T18:30:00.000Z",
    endTime: "2026-12-01T21:00:00.000Z",
    capacity: 120,
    price: { currencyCode: "EUR", units: "12", nanos: 500_000_000 },
  });
});

test("a place with one hall leaves no choice", () => {
  expect(emptyEvent("location", [hall]).hall).toBe("A");
  expect(emptyEvent("location", [hall, { ...hall, name: "B" }]).hall).toBe("");
});

test("nothing filled in: each needed field says so", () => {
  expect(Object.keys(issues(emptyEvent("")))).toEqual([
    "event.name",
    "event.location_id",
    "event.hall",
    "event.start_time",
    "event.end_time",
  ]);
});

test("times are judged by the clocks of the venue", () => {
  expect(issues({ start: "2026-11-27T13:00" })).toEqual({ "event.start_time": "past" });
  expect(issues({ start: "2026-11-27T13:01" })).toEqual({});
  expect(issues({ start: "2026-11-27T13:01" }, "Asia/Tokyo")).toEqual({ "event.start_time": "past" });
  expect(issues({ end: "2026-12-01T19:30" })).toEqual({ "event.end_time": "beforeStart" });
  expect(issues({ end: "2027-01-02T19:30" })).toEqual({ "event.end_time": { days: 31 } });
  expect(issues({ start: "2027-03-28T02:30", end: "2027-03-28T05:00" })).toEqual({ "event.start_time": "noSuchTime" });
  expect(issues({ start: "2046-01-01T10:00", end: "2046-01-01T12:00" })).toEqual({
    "event.start_time": { daysAhead: 3660 },
  });
});

test("limits are those of the API", () => {
  expect(issues({ name: "x".repeat(161) })).toEqual({ "event.name": { tooLong: 160 } });
  expect(issues({ name: "🎭".repeat(160) })).toEqual({});
  expect(issues({ category: "Rock" })).toEqual({ "event.category": "badCategory" });
  expect(issues({ capacity: "301" })).toEqual({ "event.capacity": { seatsOfHall: 300 } });
  for (const capacity of ["0", "-1", "1.5", "1e2", "many"])
    expect(issues({ capacity }), capacity).toEqual({ "event.capacity": { seatsOfHall: 300 } });
  expect(issues({ capacity: "" })).toEqual({});
  expect(issues({ price: "much" })).toEqual({ "event.price.units": "noPrice" });
});

test("an event in the form is the event again", () => {
  const body = eventBody(good, BERLIN);
  const form = eventForm({ ...body, id: "1" } as unknown as Event, ",");
  expect(form).toEqual({ ...good, name: "Tosca" });
  expect(eventBody(form, BERLIN)).toEqual(body);
});
