// Prices as people write them, "12.50" or "12,50", and as the API has them: exact, without floating point.
import type { Money } from "@/api/client";

export const PRICE_MAX = 1_000_000_000;
export type PriceProblem = "unreadable" | { tooManyDigits: number } | { tooMuch: number };

const NANO_DIGITS = 9;

// How many digits stand behind the point: 2 for EUR, 0 for JPY.
export function currencyDigits(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

// An empty text is free of charge.
export function parsePrice(text: string, currency: string): { money: Money } | { problem: PriceProblem } {
  const match = /^(\d*)(?:[.,](\d*))?$/.exec(text.trim().replace(/[\s'\u2019]/g, ""));
  if (!match || text.trim() === "." || text.trim() === ",") return { problem: "unreadable" };
  const units = (match[1] ?? "").replace(/^0+(?=\d)/, "") || "0";
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  const digits = currencyDigits(currency);
  if (fraction.length > digits) return { problem: { tooManyDigits: digits } };
  const nanos = Number(fraction.padEnd(NANO_DIGITS, "0"));
  if (units.length > 10 || Number(units) + (nanos > 0 ? 1 : 0) > PRICE_MAX) return { problem: { tooMuch: PRICE_MAX } };
  const isFree = units === "0" && nanos === 0;
  return { money: { currencyCode: isFree ? "" : currency, units, nanos } };
}

// As it stands in the field; empty when it is free.
export function priceText(money: Money | undefined, decimal = "."): string {
  const units = String(money?.units ?? "0");
  const nanos = money?.nanos ?? 0;
  if (units === "0" && nanos === 0) return "";
  const digits = currencyDigits(money?.currencyCode || "EUR");
  const fraction = String(nanos).padStart(NANO_DIGITS, "0").replace(/0+$/, "");
  const shown = fraction ? fraction.padEnd(digits, "0") : "";
  return shown ? `${units}${decimal}${shown}` : units;
}
