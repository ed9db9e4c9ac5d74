// Times as people read them: in the zone of the venue, and in their own where that differs.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = globalThis.navigator?.languages?.find((one) => one.startsWith(language)) ?? language; // "en-GB" tells more than "en"
  const key = locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat(locale, options);
    } catch {
      made = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }); // a zone this browser does not know
    }
    formats.set(key, made);
  }
  return made;
}

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const formatDate = (time: string, language: string, timeZone: string): string =>
  format(language, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone }).format(
    new Date(time),
  );

export const formatLongDate = (time: string, language: string, timeZone: string): string =>
  format(language, { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone }).format(
    new Date(time),
  );

export const formatTime = (time: string, language: string, timeZone: string): string =>
  format(language, { hour: "numeric", minute: "2-digit", timeZone }).format(new Date(time));

export const formatMoment = (time: string, language: string, timeZone: string): string =>
  format(language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
    timeZone,
  }).format(new Date(time));

const DAY_MS = 24 * 60 * 60_000;

// When it ends: of what takes a day or longer the hour alone would be taken for that of the first day.
export const formatEnd = (start: string, end: string, language: string, timeZone: string): string =>
  (Date.parse(end) - Date.parse(start) < DAY_MS ? formatTime : formatMoment)(end, language, timeZone);

export const formatSeconds = (time: string, language: string, timeZone: string): string =>
  format(language, { hour: "numeric", minute: "2-digit", second: "2-digit", timeZone }).format(new Date(time));

// "Nov 27", for the feet of a chart.
export const formatShortDay = (time: string, language: string, timeZone: string): string =>
  format(language, { day: "numeric", month: "short", timeZone }).format(new Date(time));

export const dayOfMonth = (time: string, language: string, timeZone: string): string =>
  format(language, { day: "numeric", timeZone }).format(new Date(time)).replace(/\D/g, "");

export const shortMonth = (time: string, language: string, timeZone: string): string =>
  format(language, { month: "short", timeZone }).format(new Date(time)).replace(/\.$/, "");

// "New York" of "America/New_York".
export const zoneCity = (timeZone: string): string => (timeZone.split("/").pop() ?? timeZone).replaceAll("_", " ");

// Do both zones' clocks show the same at that time?
export function isSameClock(time: string, zone: string, other: string): boolean {
  const options = { dateStyle: "short", timeStyle: "short" } as const;
  const at = new Date(time);
  return (
    format("en", { ...options, timeZone: zone }).format(at) === format("en", { ...options, timeZone: other }).format(at)
  );
}

// Midnight that begins a local day, "2026-12-24", of this browser; undefined when it is none.
export function startOfDay(day: string, daysLater = 0): string | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return undefined;
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const begin = new Date(year, month - 1, date + daysLater);
  const isReal = daysLater !== 0 || (begin.getMonth() === month - 1 && begin.getDate() === date);
  return isReal ? begin.toISOString() : undefined;
}

export function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
