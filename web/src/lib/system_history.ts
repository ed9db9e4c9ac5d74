// The last minutes of what the system told: readings to compare, and what is drawn of them.
import type { Sample } from "./system_process";
import { type Glance, glanceOf } from "./system_view";

export const KEPT_MS = 5 * 60_000;

export type History = { samples: readonly Sample[]; glances: readonly Glance[] };

export const NOTHING: History = { samples: [], glances: [] };

export function extend(history: History, sample: Sample): History {
  const since = sample.at - KEPT_MS;
  const isKept = ({ at }: { at: number }) => at >= since && at < sample.at;
  const samples = [...history.samples.filter(isKept), sample];
  return { samples, glances: [...history.glances.filter(isKept), glanceOf(samples)] };
}
