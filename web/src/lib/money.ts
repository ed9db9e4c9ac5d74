import type { Money } from "@/api/client";

const NANOS = 1_000_000_000;

export const amountOf = (price: Money | undefined): number =>
  price ? Number(price.units ?? 0) + (price.nanos ?? 0) / NANOS : 0;

export const isFree = (price: Money | undefined): boolean => amountOf(price) === 0;

export function formatMoney(price: Money | undefined, language: string, seats = 1): string {
  const amount = amountOf(price) * seats;
  const options: Intl.NumberFormatOptions = { style: "currency", currency: price?.currencyCode || "EUR" };
  if (Number.isInteger(amount)) options.maximumFractionDigits = 0;
  return new Intl.NumberFormat(language, options).format(amount);
}
