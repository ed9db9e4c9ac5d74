import { CircleAlert, CircleCheck, CircleHelp, Hourglass, Unplug } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "@/components/badge";
import { classNames } from "@/lib/class_names";
import type { State } from "@/lib/system_process";
import { useSystemStrings } from "@/strings/system";

export const tones: Record<State, Tone> = {
  serving: "good",
  not_serving: "bad",
  draining: "warn",
  unreachable: "bad",
  unknown: "calm",
};

const icon = "size-4 shrink-0";
const icons: Record<State, ReactNode> = {
  serving: <CircleCheck aria-hidden className={icon} />,
  not_serving: <CircleAlert aria-hidden className={icon} />,
  draining: <Hourglass aria-hidden className={icon} />,
  unreachable: <Unplug aria-hidden className={icon} />,
  unknown: <CircleHelp aria-hidden className={icon} />,
};

const colours: Record<Tone, string> = { good: "text-good", bad: "text-bad", warn: "text-warn", calm: "text-soft" };

// How a part is: a shape, a colour and a word.
export function StateLine({ state, className }: { state: State; className?: string }) {
  const { states } = useSystemStrings();
  return (
    <span className={classNames("inline-flex items-center gap-1.5 font-semibold", colours[tones[state]], className)}>
      {icons[state]}
      {states[state]}
    </span>
  );
}
