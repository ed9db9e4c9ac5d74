// Countries and time zones, as this browser knows them.

// Codes with a name that are no countries of ISO 3166-1: unions, reserved and private ones.
const NO_COUNTRY = new Set("AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ".split(" "));

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

// Two letters that have a name; a code that stands for a later one ("DD") has none of its own.
function isCountry(code: string, names: Intl.DisplayNames): boolean {
  return !NO_COUNTRY.has(code) && !!names.of(code) && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
}

export type Choice = { value: string; label: string };

export function countries(language: string): Choice[] {
  const names = new Intl.DisplayNames(language, { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((a) => LETTERS.map((b) => a + b)).filter((code) => isCountry(code, names));
  return codes
    .map((value) => ({ value, label: names.of(value) ?? value }))
    .sort((a, b) => a.label.localeCompare(b.label, language));
}

// By the part before the slash; `more` are zones that must be there too, whatever they are called by now.
export function timeZones(...more: string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const zone of [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", ...more])].filter(Boolean).sort()) {
    const area = zone.includes("/") ? zone.slice(0, zone.indexOf("/")) : "UTC";
    groups.set(area, [...(groups.get(area) ?? []), zone]);
  }
  return groups;
}

// Of one country, where the browser tells; most countries have one.
export function zonesOf(country: string): string[] {
  if (!country) return [];
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?: () => string[] | undefined };
  return locale.getTimeZones?.() ?? [];
}

export function currencies(language: string): Choice[] {
  const names = new Intl.DisplayNames(language, { type: "currency" });
  return Intl.supportedValuesOf("currency").map((value) => ({
    value,
    label: `${value} · ${names.of(value) ?? value}`,
  }));
}
