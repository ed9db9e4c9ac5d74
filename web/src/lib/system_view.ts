// What the page shows, out of the readings: how each part is, what runs along each line, and how far records are behind.
import { quantile } from "./histogram";
import type { Method, Outbox, Process, Sample, State } from "./system_process";
import { callsPerSecond, find, latencyOf, perSecond, type Span, spanOf } from "./system_rates";

export const GATEWAY = "gateway";
export const EVENT = "event-service";
export const BOOKING = "booking-service";

export type Part = { state: State; reason: string; process: Process | undefined };

// Probes and this page's own questions are not what the system is for.
const isWork = ({ service, method }: Method): boolean =>
  !service.startsWith("grpc.") &&
  !service.endsWith(".SystemService") &&
  !method.includes("/v1/system/") &&
  !method.endsWith(" built-in");
const isFor =
  (name: string) =>
  (method: Method): boolean =>
    isWork(method) && method.service.includes(name);

const UNKNOWN: Part = { state: "unknown", reason: "", process: undefined };

function partOf(sample: Sample | undefined, name: string): Part {
  const process = find(sample, name);
  return process ? { state: process.state, reason: process.reason, process } : UNKNOWN;
}

// A store is as well as its service says.
function storeOf({ process }: Part): Part {
  const health = process?.health.find(({ name }) => name.endsWith(".store"));
  if (!process || !health) return { ...UNKNOWN, process };
  return { state: health.isServing ? "serving" : "not_serving", reason: "", process };
}

// The bus has no process of ours: it is away when one that uses it says so.
function busOf(users: Part[]): Part {
  const told = users.flatMap(({ process }) => process?.health.filter(({ name }) => name.endsWith(".bus")) ?? []);
  if (told.length === 0) return UNKNOWN;
  return { ...UNKNOWN, state: told.every(({ isServing }) => isServing) ? "serving" : "not_serving" };
}

export function partsOf(sample: Sample | undefined, isAway: boolean) {
  const known = isAway ? undefined : sample;
  const event = partOf(known, EVENT);
  const booking = partOf(known, BOOKING);
  const gateway: Part = isAway ? { ...UNKNOWN, state: "unreachable" } : partOf(known, GATEWAY);
  return {
    browser: { ...UNKNOWN, state: "serving" as const },
    gateway,
    event,
    booking,
    eventStore: storeOf(event),
    bookingStore: storeOf(booking),
    bus: busOf([event, booking]),
  };
}

export type Parts = ReturnType<typeof partsOf>;

const published = (process: Process): number | undefined =>
  process.outbox.length > 0 ? process.outbox.reduce((sum, one) => sum + one.published, 0) : undefined;
const applied = (process: Process): number | undefined =>
  process.consumers.length > 0 ? process.consumers.reduce((sum, one) => sum + one.applied, 0) : undefined;
const commits = (process: Process): number | undefined => process.store?.commits;
const asked = (process: Process): readonly Method[] => process.methods;
const asks = (process: Process): readonly Method[] => process.calls;

// Per second, along each line of the map.
export function flowsOf(samples: readonly Sample[], lengthMs: number) {
  const gateway = spanOf(samples, GATEWAY, lengthMs);
  const event = spanOf(samples, EVENT, lengthMs);
  const booking = spanOf(samples, BOOKING, lengthMs);
  return {
    "browser-gateway": callsPerSecond(gateway, asked, isWork),
    "gateway-event": callsPerSecond(gateway, asks, isFor("EventService")),
    "gateway-booking": callsPerSecond(gateway, asks, isFor("BookingService")),
    "event-booking": callsPerSecond(event, asks, isWork),
    "booking-event": callsPerSecond(booking, asks, isWork),
    "event-store": perSecond(event, commits),
    "booking-store": perSecond(booking, commits),
    "event-bus": perSecond(event, published),
    "booking-bus": perSecond(booking, published),
    "bus-event": perSecond(event, applied),
    "bus-booking": perSecond(booking, applied),
  };
}

export type Flows = ReturnType<typeof flowsOf>;

// One moment of what is drawn over the last minutes.
export type Glance = {
  at: number;
  requests: number | undefined;
  bookings: number | undefined;
  slowest: number | undefined; // seconds
  waiting: number | undefined;
};

const isBooking = ({ service, method }: Method): boolean =>
  service.endsWith(".BookingService") && method === "CreateBooking";

const answeredPerSecond = (span: Span | undefined): number | undefined =>
  perSecond(span, ({ methods }) => methods.find(isBooking)?.codes.OK);

export function glanceOf(samples: readonly Sample[]): Glance {
  const last = samples.at(-1);
  const recent = samples.slice(-2);
  const gateway = spanOf(recent, GATEWAY, 0);
  const told = last?.processes.filter(({ outbox, consumers }) => outbox.length + consumers.length > 0) ?? [];
  return {
    at: last?.at ?? 0,
    requests: callsPerSecond(gateway, asked, isWork),
    bookings: answeredPerSecond(spanOf(recent, BOOKING, 0)),
    slowest: quantile(
      latencyOf(gateway, (method) => isWork(method) && !method.isStream),
      0.99,
    )?.seconds,
    waiting: told.length > 0 ? told.reduce((sum, process) => sum + waitingOf(process), 0) : undefined,
  };
}

const waitingOf = ({ outbox, consumers }: Process): number =>
  outbox.reduce((sum, { waiting }) => sum + waiting, 0) + consumers.reduce((sum, { lag }) => sum + lag, 0);

// From one service's outbox to the other's inbox.
export type Way = {
  stream: string;
  from: string;
  to: string;
  outbox: Outbox | undefined;
  lag: number | undefined;
  applied: number | undefined;
  deadLetters: number;
  says: "broken" | "late" | "travelling" | "caughtUp" | "notTold";
};

// Younger records are on their way; older ones are late.
export const LATE_SECONDS = 3;

export function waysOf(sample: Sample | undefined, bus: State): Way[] {
  return [
    { from: BOOKING, to: EVENT },
    { from: EVENT, to: BOOKING },
  ].map(({ from, to }) => {
    const outbox = find(sample, from)?.outbox[0];
    const consumers = find(sample, to)?.consumers ?? [];
    const inbox = consumers.find(({ stream }) => !outbox || stream === outbox.stream);
    return {
      stream: outbox?.stream ?? inbox?.stream ?? "",
      from,
      to,
      outbox,
      lag: inbox?.lag,
      applied: inbox?.applied,
      deadLetters: inbox?.deadLetters ?? 0,
      says: sayOf(bus, outbox, inbox?.lag),
    };
  });
}

function sayOf(bus: State, outbox: Outbox | undefined, lag: number | undefined): Way["says"] {
  if (bus === "not_serving") return "broken";
  if (outbox && outbox.oldestSeconds >= LATE_SECONDS) return "late";
  if (!outbox || lag === undefined) return "notTold";
  return outbox.waiting + lag > 0 ? "travelling" : "caughtUp";
}
