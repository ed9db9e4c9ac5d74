// Numbers as people read them.
import type { Quantile } from "@/lib/histogram";

const digits = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2);

const plain = (value: number, language: string, most = digits(value)): string =>
  value.toLocaleString(language, { maximumFractionDigits: most });

// "1,234", "12.5", "0.5"; what is not nothing does not look like it.
export function rateText(rate: number, language: string, isShort = false): string {
  if (rate > 0 && rate < 0.1) return `< ${plain(0.1, language)}`;
  if (isShort && rate >= 10_000)
    return rate.toLocaleString(language, { notation: "compact", maximumFractionDigits: 0 });
  return plain(rate, language, rate >= 100 ? 0 : 1);
}

export function durationText(seconds: number, language: string): string {
  if (seconds < 1) return `${plain(seconds * 1000, language)} ms`;
  return `${plain(seconds, language)} s`;
}

export const quantileText = (value: Quantile | undefined, language: string): string =>
  value ? `${value.isMore ? "> " : ""}${durationText(value.seconds, language)}` : "–";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function sizeText(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${plain(value, language, unit > 0 && value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

type Units = Record<"day" | "hour" | "minute" | "second", (n: number) => string>;

// The greatest unit and those below it, `most` of them: "2 d 3 h".
export function uptimeText(ms: number, units: Units, most = 2): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    { count: Math.floor(seconds / 86_400), say: units.day },
    { count: Math.floor(seconds / 3600) % 24, say: units.hour },
    { count: Math.floor(seconds / 60) % 60, say: units.minute },
    { count: seconds % 60, say: units.second },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return units.second(0);
  return parts
    .slice(first, first + most)
    .filter(({ count }, i) => count > 0 || i === 0)
    .map(({ count, say }) => say(count))
    .join(" ");
}
