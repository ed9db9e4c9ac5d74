import { expect, test } from "vitest";
import { exampleMethod, exampleProcess } from "./system_example";
import { extend, KEPT_MS, NOTHING } from "./system_history";
import type { Process, Sample } from "./system_process";
import { BOOKING, EVENT, flowsOf, GATEWAY, partsOf, waysOf } from "./system_view";

const process = (name: string, more: Partial<Process> = {}): Process =>
  exampleProcess({
    name,
    instance: `${name}/1`,
    health: ["myevents.store", "myevents.bus"].map((part) => ({ name: part, isServing: true })),
    ...more,
  });
const method = (service: string, name: string, count: number) => exampleMethod(service, name, { OK: count });

const outbox = (stream: string, waiting: number, oldestSeconds: number, published = 0) => [
  { stream, waiting, oldestSeconds, published },
];
const inbox = (stream: string, group: string, lag: number, applied = 0) => [
  { stream, group, lag, applied, deadLetters: 0 },
];
const sample = (at: number, ...processes: Process[]): Sample => ({ at, processes });
const down = (name: string) => process(name, { state: "unreachable", reason: "refused", health: [], instance: "" });
const statesOf = (one: Sample | undefined, isAway = false) =>
  Object.fromEntries(Object.entries(partsOf(one, isAway)).map(([name, { state }]) => [name, state]));

test("all is well when all say so", () => {
  const states = statesOf(sample(0, process(GATEWAY), process(EVENT), process(BOOKING)));
  expect(new Set(Object.values(states))).toEqual(new Set(["serving"]));
});

test("of a service that cannot be reached its store is not known, and the bus is as the other says", () => {
  const states = statesOf(sample(0, process(GATEWAY), process(EVENT), down(BOOKING)));
  expect(states).toMatchObject({
    booking: "unreachable",
    bookingStore: "unknown",
    eventStore: "serving",
    bus: "serving",
  });
});

test("the bus is away as soon as one of its users says so", () => {
  const health = [
    { name: "myevents.store", isServing: true },
    { name: "myevents.bus", isServing: false },
  ];
  const states = statesOf(sample(0, process(GATEWAY), process(EVENT), process(BOOKING, { health })));
  expect(states).toMatchObject({ bus: "not_serving", booking: "serving", bookingStore: "serving" });
});

test("when the gateway is away nothing is known of what is behind it", () => {
  const states = statesOf(sample(0, process(GATEWAY), process(EVENT), process(BOOKING)), true);
  expect(states).toMatchObject({ gateway: "unreachable", event: "unknown", booking: "unknown", bus: "unknown" });
  expect(statesOf(undefined).gateway).toBe("unknown");
});

test("what runs along the lines is work, not probes nor this page's own questions", () => {
  const at = (seconds: number, n: number) =>
    sample(
      seconds * 1000,
      process(GATEWAY, {
        methods: [method("http", "GET /v1/events", n), method("http", "GET /v1/system/processes", 10 * n)],
        calls: [
          method("myevents.v1.EventService", "ListEvents", 2 * n),
          method("myevents.v1.BookingService", "CreateBooking", 3 * n),
          method("grpc.health.v1.Health", "Check", 10 * n),
          method("myevents.v1.SystemService", "GetProcess", 10 * n),
        ],
      }),
      process(EVENT, { calls: [method("myevents.v1.SystemService", "GetProcess", 7 * n)] }),
      process(BOOKING, {
        store: { sizeBytes: 0, commits: 4 * n },
        outbox: outbox("myevents.booking", 0, 0, 5 * n),
        consumers: inbox("myevents.event", BOOKING, 0, 6 * n),
      }),
    );
  const flows = flowsOf([at(0, 0), at(2, 2)], 10_000);
  expect(flows).toMatchObject({
    "browser-gateway": 1,
    "gateway-event": 2,
    "gateway-booking": 3,
    "event-booking": 0,
    "booking-store": 4,
    "booking-bus": 5,
    "bus-booking": 6,
    "bus-event": undefined,
  });
});

test("each way of the bus says how far behind it is", () => {
  const ways = (waiting: number, oldest: number, lag: number, bus: "serving" | "not_serving" = "serving") =>
    waysOf(
      sample(
        0,
        process(EVENT, { outbox: outbox("myevents.event", 0, 0), consumers: inbox("myevents.booking", EVENT, lag) }),
        process(BOOKING, {
          outbox: outbox("myevents.booking", waiting, oldest),
          consumers: inbox("myevents.event", BOOKING, 0),
        }),
      ),
      bus,
    ).map(({ from, says }) => `${from} ${says}`);
  expect(ways(0, 0, 0)).toEqual([`${BOOKING} caughtUp`, `${EVENT} caughtUp`]);
  expect(ways(1, 0.1, 0)[0]).toBe(`${BOOKING} travelling`);
  expect(ways(0, 0, 7)[0]).toBe(`${BOOKING} travelling`);
  expect(ways(9, 12, 0)[0]).toBe(`${BOOKING} late`);
  expect(ways(9, 12, 0, "not_serving")[0]).toBe(`${BOOKING} broken`);
  expect(waysOf(sample(0, down(EVENT), down(BOOKING)), "unknown").map(({ says }) => says)).toEqual([
    "notTold",
    "notTold",
  ]);
});

test("the last five minutes are kept, in order", () => {
  let history = NOTHING;
  for (let at = 0; at <= 400_000; at += 2000) history = extend(history, sample(at, process(GATEWAY)));
  expect([history.samples.length, history.glances.length]).toEqual([151, 151]);
  expect([history.samples[0]?.at, history.samples.at(-1)?.at]).toEqual([400_000 - KEPT_MS, 400_000]);
});

test("what the glance says is of the newest interval, and a restart leaves a hole in it", () => {
  const at = (seconds: number, bookings: number, startTime = 1000) =>
    sample(
      seconds * 1000,
      process(BOOKING, {
        startTime,
        methods: [method("myevents.v1.BookingService", "CreateBooking", bookings)],
        outbox: outbox("myevents.booking", 3, 0),
        consumers: inbox("myevents.event", BOOKING, 2),
      }),
    );
  const readings = [at(0, 0), at(2, 10), at(4, 10), at(6, 1, 5000), at(8, 5, 5000)];
  const history = readings.reduce(extend, NOTHING);
  expect(history.glances.map(({ bookings }) => bookings)).toEqual([undefined, 5, 0, undefined, 2]);
  expect(history.glances.at(-1)?.waiting).toBe(5);
});
