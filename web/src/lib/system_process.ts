// What a process tells of itself, as numbers; made from the answer of the API.
import type { Histogram } from "./histogram";

// Unknown: the process answers, but tells nothing.
export type State = "serving" | "not_serving" | "draining" | "unreachable" | "unknown";

export type Method = {
  service: string;
  method: string;
  isStream: boolean; // stays open, so how long it takes says nothing
  started: number;
  inFlight: number;
  codes: Record<string, number>; // how many ended with which
  latency: Histogram;
};

export type Outbox = { stream: string; waiting: number; oldestSeconds: number; published: number };
export type Consumer = { stream: string; group: string; lag: number; applied: number; deadLetters: number };

export type Process = {
  name: string;
  instance: string;
  version: string;
  startTime: number; // milliseconds, by the clock of the server; 0: not known
  state: State;
  reason: string;
  health: { name: string; isServing: boolean }[];
  memoryBytes: number;
  cpuSeconds: number;
  methods: Method[]; // what it is asked
  calls: Method[]; // what it asks others
  outbox: Outbox[];
  consumers: Consumer[];
  conservation: { checked: number; errors: number } | undefined;
  store: { sizeBytes: number; commits: number } | undefined;
};

export type Sample = { at: number; processes: Process[] };
