import { useEffect, useState } from "react";
import { serverClock } from "@/api/server_clock";

export type Countdown = { secondsLeft: number; text: string; phase: "calm" | "soon" | "over" };

const SOON_S = 60;

export function countdown(expireTime: string | undefined, now: number): Countdown {
  const left = expireTime ? Date.parse(expireTime) - now : 0;
  const secondsLeft = Math.max(0, Math.ceil(left / 1000)) || 0;
  const text = `${Math.floor(secondsLeft / 60)}:${String(secondsLeft % 60).padStart(2, "0")}`;
  return { secondsLeft, text, phase: secondsLeft === 0 ? "over" : secondsLeft <= SOON_S ? "soon" : "calm" };
}

// What a screen reader is told of it: not every second. 0: nothing new.
export function spokenSeconds({ secondsLeft }: Countdown): number {
  if (secondsLeft > SOON_S) return Math.ceil(secondsLeft / 60) * 60;
  return [60, 30, 10].findLast((mark) => secondsLeft <= mark && secondsLeft > 0) ?? 0;
}

const TICK_MS = 250;

export function useCountdown(expireTime: string | undefined): Countdown {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return countdown(expireTime, serverClock.latest());
}
