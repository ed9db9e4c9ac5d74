// Times as clocks on the wall of a zone show them, "2026-12-24T19:30", and back. Where clocks are set back, an hour
// comes twice; where they are set forward, one does not come at all.

export type Moment = { time: string; kind: "once" | "twice" } | { kind: "never" } | { kind: "unreadable" };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
    const options = { ...digits, hourCycle: "h23", calendar: "gregory", numberingSystem: "latn" } as const;
    try {
      format = new Intl.DateTimeFormat("en", { ...options, timeZone });
    } catch {
      format = new Intl.DateTimeFormat("en", { ...options, timeZone: "UTC" }); // a zone this browser does not know
    }
    formats.set(timeZone, format);
  }
  return format;
}

export function wallOf(at: number, timeZone: string): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

// The wall's numbers as if they were UTC: for calculating with them.
function numbersOf(wall: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(wall)) return undefined;
  const at = Date.parse(`${wall}:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 16) !== wall ? undefined : at;
}

// Of an hour that comes twice it is the first.
export function momentOf(wall: string, timeZone: string): Moment {
  const numbers = numbersOf(wall);
  if (numbers === undefined) return { kind: "unreadable" };
  // A day before and after, the zone has the offsets from before and after any change of its clocks.
  const offsets = [-DAY_MS, DAY_MS].map((by) => (numbersOf(wallOf(numbers + by, timeZone)) ?? 0) - (numbers + by));
  const found = [...new Set(offsets)]
    .map((offset) => numbers - offset)
    .filter((at) => wallOf(at, timeZone) === wall)
    .sort((a, b) => a - b);
  const first = found[0];
  if (first === undefined) return { kind: "never" };
  return { time: new Date(first).toISOString(), kind: found.length > 1 ? "twice" : "once" };
}

// Midnight that begins the day of `at` there, and so many days later; the first moment of the day where midnight is none.
export function midnight(at: number, timeZone: string, daysLater = 0): number {
  const today = numbersOf(`${wallOf(at, timeZone).slice(0, 10)}T00:00`) ?? 0;
  const wall = new Date(today + daysLater * DAY_MS).toISOString().slice(0, 16);
  for (let minutes = 0; minutes <= 120; minutes += 30) {
    const late = new Date(Date.parse(`${wall}:00Z`) + minutes * MINUTE_MS).toISOString().slice(0, 16);
    const moment = momentOf(late, timeZone);
    if ("time" in moment) return Date.parse(moment.time);
  }
  return Date.parse(`${wall}:00Z`);
}

// "UTC+1" of a zone at a time.
export function offsetName(at: number, timeZone: string): string {
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "shortOffset" });
    const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "UTC";
    return name.replace("GMT", "UTC");
  } catch {
    return "UTC";
  }
}

// So many minutes later on the same wall; for suggestions.
export function laterOn(wall: string, minutes: number): string {
  const numbers = numbersOf(wall);
  return numbers === undefined ? "" : new Date(numbers + minutes * MINUTE_MS).toISOString().slice(0, 16);
}
