// For tests: what a process tells that has nothing to tell but what the test is about.
import { EMPTY } from "./histogram";
import type { Method, Process } from "./system_process";

export const exampleProcess = (more: Partial<Process>): Process => ({
  name: "booking-service",
  instance: "a/1",
  version: "1",
  startTime: 1000,
  state: "serving",
  reason: "",
  health: [],
  memoryBytes: 0,
  cpuSeconds: 0,
  methods: [],
  calls: [],
  outbox: [],
  consumers: [],
  conservation: undefined,
  store: undefined,
  ...more,
});

// All calls of it have ended, with these codes.
export const exampleMethod = (
  service: string,
  method: string,
  codes: Record<string, number>,
  latency = EMPTY,
): Method => ({
  service,
  method,
  isStream: false,
  started: Object.values(codes).reduce((sum, count) => sum + count, 0),
  inFlight: 0,
  codes,
  latency,
});
