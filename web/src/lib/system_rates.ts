// What a process did between two readings of its counters. Rates are made here, so servers only ever count.
import { EMPTY, type Histogram, minus, plus, type Quantile, quantile } from "./histogram";
import type { Method, Process, Sample } from "./system_process";

export type Span = { newer: Process; older: Process; seconds: number };
export type MethodRate = {
  key: string;
  method: Method; // as last read
  perSecond: number;
  ended: number; // how many ended within the span
  refused: number; // of those: a rule said no, or it was asked wrongly
  faults: number; // of those: a fault of the system
  p50: Quantile | undefined;
  p99: Quantile | undefined;
};

// Codes that say something about us; as in the operators' rules.
const FAULTS = new Set(["UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]);

export const isFault = (code: string): boolean => FAULTS.has(code) || /^5/.test(code);
const isFine = (code: string): boolean => code === "OK" || /^[23]/.test(code);

export const keyOf = ({ service, method }: Method): string => `${service}/${method}`;

export const find = (sample: Sample | undefined, name: string): Process | undefined =>
  sample?.processes.find((process) => process.name === name);

// Counters begin anew when a process does, and another replica has others.
const isSame = (a: Process, b: Process): boolean => a.instance === b.instance && a.startTime === b.startTime;

// From the oldest reading of the same process that is not older than `lengthMs` to the newest. With readings that are
// further apart, from the one before.
export function spanOf(samples: readonly Sample[], name: string, lengthMs: number): Span | undefined {
  const last = samples.at(-1);
  const newer = find(last, name);
  if (!last || !newer?.instance) return undefined;
  let span: Span | undefined;
  for (let i = samples.length - 2; i >= 0; i--) {
    const sample = samples[i];
    const older = find(sample, name);
    if (!sample || !older || !isSame(newer, older)) continue;
    if (last.at - sample.at > lengthMs && span) break;
    span = { newer, older, seconds: (last.at - sample.at) / 1000 };
  }
  return span && span.seconds > 0 ? span : undefined;
}

function endedBetween(newer: Method, older: Method | undefined, counts: (code: string) => boolean): number {
  let sum = 0;
  for (const [code, count] of Object.entries(newer.codes))
    if (counts(code)) sum += Math.max(0, count - (older?.codes[code] ?? 0));
  return sum;
}

const latencyBetween = (newer: Method, older: Method | undefined): Histogram =>
  minus(newer.latency, older?.latency ?? EMPTY);

export function methodRates(span: Span): MethodRate[] {
  const before = new Map(span.older.methods.map((method) => [keyOf(method), method]));
  return span.newer.methods.map((method) => {
    const key = keyOf(method);
    const older = before.get(key);
    const ended = endedBetween(method, older, () => true);
    const faults = endedBetween(method, older, isFault);
    const latency = latencyBetween(method, older);
    return {
      key,
      method,
      perSecond: ended / span.seconds,
      ended,
      refused: endedBetween(method, older, (code) => !isFine(code) && !isFault(code)),
      faults,
      p50: quantile(latency, 0.5),
      p99: quantile(latency, 0.99),
    };
  });
}

// Calls per second over the methods that are meant; undefined: not known.
export function callsPerSecond(
  span: Span | undefined,
  methodsOf: (process: Process) => readonly Method[],
  counts: (method: Method) => boolean,
): number | undefined {
  if (!span) return undefined;
  const before = new Map(methodsOf(span.older).map((method) => [keyOf(method), method]));
  let ended = 0;
  for (const method of methodsOf(span.newer))
    if (counts(method)) ended += endedBetween(method, before.get(keyOf(method)), () => true);
  return ended / span.seconds;
}

// How fast a plain counter grows.
export function perSecond(
  span: Span | undefined,
  counterOf: (process: Process) => number | undefined,
): number | undefined {
  if (!span) return undefined;
  const newer = counterOf(span.newer);
  const older = counterOf(span.older);
  return newer === undefined || older === undefined ? undefined : Math.max(0, newer - older) / span.seconds;
}

// How long all calls together took.
export function latencyOf(span: Span | undefined, counts: (method: Method) => boolean): Histogram {
  if (!span) return EMPTY;
  const before = new Map(span.older.methods.map((method) => [keyOf(method), method]));
  return span.newer.methods
    .filter(counts)
    .reduce((sum, method) => plus(sum, latencyBetween(method, before.get(keyOf(method)))), EMPTY);
}
