// The API's answer as the page reckons with it: counters are numbers there, and what is not told is absent.
import type { Method, Process, State } from "@/lib/system_process";
import type { components } from "./gen/schema";

type Schemas = components["schemas"];
type WireProcess = Schemas["Process"];

const states: Record<Schemas["ProcessState"], State> = {
  PROCESS_STATE_UNSPECIFIED: "unknown",
  PROCESS_STATE_SERVING: "serving",
  PROCESS_STATE_NOT_SERVING: "not_serving",
  PROCESS_STATE_DRAINING: "draining",
  PROCESS_STATE_UNREACHABLE: "unreachable",
};

function readMethod(told: Schemas["MethodCount"], bounds: number[]): Method {
  const codes = Object.fromEntries((told.codes ?? []).map(({ code, count }) => [code, Number(count)]));
  const ended = Object.values(codes).reduce((sum, count) => sum + count, 0);
  const started = Number(told.started);
  const counts = told.latencyCounts ?? [];
  return {
    service: told.service ?? "",
    method: told.method ?? "",
    isStream: told.streaming ?? false,
    started,
    // Counters are read one after the other: an end may be seen whose beginning was not.
    inFlight: Math.max(0, started - ended),
    codes,
    latency: counts.length > 0 ? { bounds, counts: counts.map(Number) } : { bounds: [], counts: [] },
  };
}

function readProcess(told: WireProcess): Process {
  const bounds = (told.latencyBounds ?? []).map(Number);
  const { conservation, store } = told;
  return {
    name: told.name ?? "",
    instance: told.instance ?? "",
    version: told.version ?? "",
    startTime: told.startTime ? Date.parse(told.startTime) : 0,
    state: states[told.state ?? "PROCESS_STATE_UNSPECIFIED"] ?? "unknown",
    reason: told.reason ?? "",
    health: (told.health ?? []).map(({ name, serving }) => ({ name: name ?? "", isServing: serving ?? false })),
    memoryBytes: Number(told.memoryBytes),
    cpuSeconds: Number(told.cpuSeconds),
    methods: (told.served ?? []).map((one) => readMethod(one, bounds)),
    calls: (told.called ?? []).map((one) => readMethod(one, bounds)),
    outbox: (told.outboxes ?? []).map((one) => ({
      stream: one.stream ?? "",
      waiting: Number(one.waiting),
      oldestSeconds: Number(one.oldestSeconds),
      published: Number(one.published),
    })),
    consumers: (told.consumers ?? []).map((one) => ({
      stream: one.stream ?? "",
      group: one.group ?? "",
      lag: Number(one.lag),
      applied: Number(one.applied),
      deadLetters: Number(one.deadLetters),
    })),
    conservation: conservation && { checked: Number(conservation.checked), errors: Number(conservation.errors) },
    store: store && { sizeBytes: Number(store.sizeBytes), commits: Number(store.commits) },
  };
}

export const readProcesses = (answer: Schemas["ListProcessesResponse"]): Process[] =>
  (answer.processes ?? []).map(readProcess);
