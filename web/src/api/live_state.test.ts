import { expect, test } from "vitest";
import type { Event } from "./client";
import { backoffMs, LIVE_START, newest, reduceLive } from "./live_state";

const event = (id: string, seatsAvailable: number) => ({ id, seatsAvailable }) as Event;

test("seats that were heard of since the list was asked for win", () => {
  const { state, effect } = reduceLive(
    LIVE_START,
    { change: "EVENT_CHANGE_SEATS", event: event("a", 3), resumeToken: "t-1" },
    2000,
  );
  expect(effect).toBe("seats");
  expect(state.token).toBe("t-1");
  expect(newest(state, event("a", 9), 1999).seatsAvailable).toBe(3);
  expect(newest(state, event("a", 9), 2001).seatsAvailable).toBe(9);
  expect(newest(state, event("b", 5), 0).seatsAvailable).toBe(5);
});

test("a reset forgets what was heard, and everything is asked for again", () => {
  const heard = reduceLive(LIVE_START, { change: "EVENT_CHANGE_SEATS", event: event("a", 3), resumeToken: "t-1" }, 1);
  const reset = reduceLive(heard.state, { change: "EVENT_CHANGE_RESET", resumeToken: "u-0" }, 2);
  expect(reset.effect).toBe("everything");
  expect(reset.state.token).toBe("u-0");
  expect(reset.state.events.size).toBe(0);
});

test("organisers' changes concern the lists", () => {
  const updated = reduceLive(LIVE_START, { change: "EVENT_CHANGE_UPDATED", event: event("a", 3), resumeToken: "1" }, 1);
  const deleted = reduceLive(
    updated.state,
    { change: "EVENT_CHANGE_DELETED", event: event("a", 0), resumeToken: "2" },
    2,
  );
  expect([updated.effect, deleted.effect]).toEqual(["lists", "lists"]);
  expect(deleted.state.events.has("a")).toBe(false);
});

test("what is remembered has a limit, and the oldest goes first", () => {
  let state = LIVE_START;
  for (let i = 0; i < 2100; i++)
    state = reduceLive(state, { change: "EVENT_CHANGE_SEATS", event: event(`e${i}`, i), resumeToken: `${i}` }, i).state;
  expect(state.events.size).toBe(2000);
  expect(state.events.has("e0")).toBe(false);
  expect(state.events.has("e2099")).toBe(true);
});

test("the waits between attempts grow to a bound, and are never the same for all", () => {
  expect(backoffMs(0, 0)).toBe(250);
  expect(backoffMs(3, 1)).toBe(4000);
  expect(backoffMs(50, 1)).toBe(30_000);
  expect(backoffMs(50, 0)).toBe(15_000);
});
