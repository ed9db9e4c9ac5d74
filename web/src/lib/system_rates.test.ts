import { expect, test } from "vitest";
import { exampleMethod, exampleProcess } from "./system_example";
import type { Method, Process, Sample } from "./system_process";
import { callsPerSecond, isFault, methodRates, perSecond, spanOf } from "./system_rates";

const method = (name: string, codes: Record<string, number>, counts = [0, 0, 0]): Method =>
  exampleMethod("myevents.v1.BookingService", name, codes, { bounds: [0.001, 0.01], counts });
const sample = (seconds: number, more: Partial<Process>): Sample => ({
  at: seconds * 1000,
  processes: [exampleProcess(more)],
});
const NAME = "booking-service";

test("a rate is what came between two readings, over the time between them", () => {
  const samples = [
    sample(0, { methods: [method("CreateBooking", { OK: 10, FAILED_PRECONDITION: 1, UNAVAILABLE: 0 }, [11, 0, 0])] }),
    sample(4, { methods: [method("CreateBooking", { OK: 20, FAILED_PRECONDITION: 7, UNAVAILABLE: 4 }, [11, 20, 0])] }),
  ];
  const span = spanOf(samples, NAME, 10_000);
  const [rate] = span ? methodRates(span) : [];
  expect(rate).toMatchObject({ perSecond: 5, ended: 20, refused: 6, faults: 4 });
  expect(rate?.p50?.seconds).toBeCloseTo(0.0055);
  expect(
    callsPerSecond(
      span,
      ({ methods }) => methods,
      () => true,
    ),
  ).toBe(5);
  expect(
    callsPerSecond(
      span,
      ({ methods }) => methods,
      () => false,
    ),
  ).toBe(0);
});

test("a method that was not told before has begun at zero", () => {
  const span = spanOf([sample(0, {}), sample(2, { methods: [method("GetUser", { OK: 8 })] })], NAME, 10_000);
  expect(span && methodRates(span)[0]?.perSecond).toBe(4);
});

test("a restarted process is compared with itself alone", () => {
  const counter = ({ cpuSeconds }: Process) => cpuSeconds;
  const before = sample(0, { cpuSeconds: 100 });
  const first = sample(2, { startTime: 2000, cpuSeconds: 1 });
  expect(spanOf([before, first], NAME, 10_000)).toBeUndefined();
  const second = sample(4, { startTime: 2000, cpuSeconds: 2 });
  const span = spanOf([before, first, second], NAME, 10_000);
  expect([span?.seconds, perSecond(span, counter)]).toEqual([2, 0.5]);
});

test("of replicas that take turns each is compared with itself", () => {
  const samples = [
    sample(0, { instance: "b/1", cpuSeconds: 50 }),
    sample(2, { cpuSeconds: 61 }),
    sample(4, { instance: "b/1", cpuSeconds: 51 }),
    sample(6, { cpuSeconds: 63 }),
  ];
  expect(perSecond(spanOf(samples, NAME, 10_000), ({ cpuSeconds }) => cpuSeconds)).toBe(0.5);
});

test("a process that cannot be reached has no rates, and its gap is bridged", () => {
  const gone = sample(2, { state: "unreachable", instance: "", startTime: 0 });
  expect(spanOf([sample(0, {}), gone], NAME, 10_000)).toBeUndefined();
  expect(spanOf([gone, { ...gone, at: 4000 }], NAME, 10_000)).toBeUndefined();
  const span = spanOf([sample(0, { cpuSeconds: 1 }), gone, sample(4, { cpuSeconds: 2 })], NAME, 10_000);
  expect(span?.seconds).toBe(4);
});

test("the span is as long as asked for, or reaches to the reading before", () => {
  const samples = [0, 2, 4, 6, 8, 60].map((at) => sample(at, {}));
  expect(spanOf(samples.slice(0, 5), NAME, 4000)?.seconds).toBe(4);
  expect(spanOf(samples.slice(0, 5), NAME, 0)?.seconds).toBe(2);
  expect(spanOf(samples, NAME, 4000)?.seconds).toBe(52);
  expect(spanOf(samples.slice(0, 1), NAME, 4000)).toBeUndefined();
  expect(spanOf([], NAME, 4000)).toBeUndefined();
});

test("refusals are no faults", () => {
  expect(["OK", "NOT_FOUND", "RESOURCE_EXHAUSTED", "2xx", "4xx"].some(isFault)).toBe(false);
  expect(["UNKNOWN", "UNAVAILABLE", "INTERNAL", "DATA_LOSS", "DEADLINE_EXCEEDED", "5xx"].every(isFault)).toBe(true);
});
