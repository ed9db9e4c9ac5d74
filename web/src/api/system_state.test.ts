import { expect, test } from "vitest";
import { readProcesses } from "./system_state";

// As the gateway answers: whole numbers of 64 bits are texts.
const answer = JSON.parse(`{"processes": [{
  "name": "booking-service", "instance": "vm/7", "version": "1.2.0", "startTime": "2026-11-27T02:42:28.496311664Z",
  "state": "PROCESS_STATE_SERVING", "reason": "", "health": [{"name": "myevents.bus", "serving": true}],
  "memoryBytes": "16330752", "cpuSeconds": 0.25, "latencyBounds": [0.001, 0.01],
  "served": [
    {"service": "myevents.v1.BookingService", "method": "CreateBooking", "streaming": false, "started": "12",
     "codes": [{"code": "OK", "count": "9"}, {"code": "UNAVAILABLE", "count": "1"}], "latencyCounts": ["8", "1", "1"]},
    {"service": "myevents.v1.BookingService", "method": "GetUser", "streaming": false, "started": "0",
     "codes": [], "latencyCounts": []}],
  "called": [],
  "outboxes": [{"stream": "myevents.booking", "waiting": "3", "oldestSeconds": "4", "published": "5"}],
  "consumers": [{"stream": "myevents.event", "group": "booking-service", "lag": "6", "applied": "7", "deadLetters": "8"}],
  "conservation": {"checked": "10", "errors": "0"}, "store": {"sizeBytes": "4096", "sizeMaxBytes": "8192", "commits": "11"}
}, {
  "name": "event-service", "instance": "", "version": "", "state": "PROCESS_STATE_UNREACHABLE", "reason": "refused",
  "health": [], "memoryBytes": "0", "cpuSeconds": 0, "latencyBounds": [], "served": [], "called": [], "outboxes": [],
  "consumers": []
}]}`);

test("counters become numbers, and what is not told stays away", () => {
  const [booking, event] = readProcesses(answer);
  expect(booking).toMatchObject({
    name: "booking-service",
    startTime: Date.UTC(2026, 10, 27, 2, 42, 28, 496),
    state: "serving",
    memoryBytes: 16_330_752,
    health: [{ name: "myevents.bus", isServing: true }],
    outbox: [{ stream: "myevents.booking", waiting: 3, oldestSeconds: 4, published: 5 }],
    consumers: [{ stream: "myevents.event", group: "booking-service", lag: 6, applied: 7, deadLetters: 8 }],
    conservation: { checked: 10, errors: 0 },
    store: { sizeBytes: 4096, commits: 11 },
  });
  expect(event).toMatchObject({ state: "unreachable", reason: "refused", startTime: 0, methods: [], outbox: [] });
  expect([event?.conservation, event?.store]).toEqual([undefined, undefined]);
});

test("what has begun and not ended is under way", () => {
  const [create, get] = readProcesses(answer)[0]?.methods ?? [];
  expect(create).toMatchObject({ started: 12, inFlight: 2, codes: { OK: 9, UNAVAILABLE: 1 } });
  expect(create?.latency).toEqual({ bounds: [0.001, 0.01], counts: [8, 1, 1] });
  expect(get).toMatchObject({ started: 0, inFlight: 0, codes: {}, latency: { bounds: [], counts: [] } });
});
