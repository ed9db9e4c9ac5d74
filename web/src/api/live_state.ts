// What the stream of changes has told so far: pure, so that it can be tried out without a stream.
import type { Event, EventChange } from "./client";

// Resting: nobody has asked yet. Stale: was live, and what is shown may be old by now.
export type LiveStatus = "resting" | "connecting" | "live" | "stale" | "offline";

// What a heard event means for what is shown: for one event, or for lists, or that everything must be asked for again.
export type LiveEffect = "none" | "seats" | "lists" | "everything";

export type LiveState = {
  token: string; // where the stream goes on
  events: ReadonlyMap<string, { event: Event; heardAt: number }>;
};

export type LiveMessage = { change: EventChange; event?: Event; resumeToken: string };

export const LIVE_START: LiveState = { token: "", events: new Map() };
const EVENTS_MAX = 2000;

export function reduceLive(
  state: LiveState,
  message: LiveMessage,
  heardAt: number,
): { state: LiveState; effect: LiveEffect } {
  const token = message.resumeToken || state.token;
  const event = message.event;
  switch (message.change) {
    case "EVENT_CHANGE_RESET":
      return { state: { token, events: new Map() }, effect: "everything" };
    case "EVENT_CHANGE_DELETED": {
      const events = new Map(state.events);
      if (event) events.delete(event.id);
      return { state: { token, events }, effect: "lists" };
    }
    case "EVENT_CHANGE_SEATS":
    case "EVENT_CHANGE_UPDATED": {
      if (!event) return { state: { ...state, token }, effect: "none" };
      const events = new Map(state.events);
      events.delete(event.id); // the newest stand last
      events.set(event.id, { event, heardAt });
      for (const id of events.keys()) {
        if (events.size <= EVENTS_MAX) break;
        events.delete(id);
      }
      return { state: { token, events }, effect: message.change === "EVENT_CHANGE_SEATS" ? "seats" : "lists" };
    }
    default:
      return { state: { ...state, token }, effect: "none" };
  }
}

// The newer of what was asked for at `askedAt` and what was heard since.
export function newest(state: LiveState, event: Event, askedAt: number): Event {
  const heard = state.events.get(event.id);
  return heard && heard.heardAt >= askedAt ? heard.event : event;
}

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;

// How long to wait before attempt `failures` + 1; chance keeps all browsers from coming back at once.
export function backoffMs(failures: number, chance: number): number {
  const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** failures);
  return longest / 2 + (longest / 2) * chance;
}
