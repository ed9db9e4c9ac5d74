import { expect, test } from "vitest";
import { currencyDigits, parsePrice, priceText } from "./price";

const money = (currencyCode: string, units: string, nanos = 0) => ({ money: { currencyCode, units, nanos } });

test("a price is read with a point and with a comma", () => {
  expect(parsePrice("12.50", "EUR")).toEqual(money("EUR", "12", 500_000_000));
  expect(parsePrice(" 12,5 ", "EUR")).toEqual(money("EUR", "12", 500_000_000));
  expect(parsePrice("0.07", "USD")).toEqual(money("USD", "0", 70_000_000));
  expect(parsePrice("007", "EUR")).toEqual(money("EUR", "7"));
  expect(parsePrice("1 000", "EUR")).toEqual(money("EUR", "1000"));
});

test("nothing and zero are free of charge", () => {
  for (const text of ["", "0", "0.00", " "]) expect(parsePrice(text, "EUR"), text).toEqual(money("", "0"));
});

test("each currency has its own number of digits", () => {
  expect([currencyDigits("EUR"), currencyDigits("JPY"), currencyDigits("KWD")]).toEqual([2, 0, 3]);
  expect(parsePrice("5.125", "KWD")).toEqual(money("KWD", "5", 125_000_000));
  expect(parsePrice("5.125", "EUR")).toEqual({ problem: { tooManyDigits: 2 } });
  expect(parsePrice("500.5", "JPY")).toEqual({ problem: { tooManyDigits: 0 } });
  expect(parsePrice("500.00", "JPY")).toEqual(money("JPY", "500"));
});

test("what is no price is refused instead of guessed", () => {
  for (const text of ["-5", "1.000,50", "1,000.50", "12 EUR", "1e3", ".", "NaN"])
    expect(parsePrice(text, "EUR"), text).toEqual({ problem: "unreadable" });
  expect(parsePrice("1000000001", "EUR")).toEqual({ problem: { tooMuch: 1_000_000_000 } });
  expect(parsePrice("1000000000.01", "EUR")).toEqual({ problem: { tooMuch: 1_000_000_000 } });
});

test("a price in the field is the one that was read", () => {
  for (const text of ["12.50", "0.07", "7", "1000000000"]) {
    const read = parsePrice(text, "EUR");
    expect("money" in read && priceText(read.money)).toBe(text);
  }
  expect(priceText({ currencyCode: "EUR", units: "12", nanos: 500_000_000 }, ",")).toBe("12,50");
  expect(priceText({ currencyCode: "EUR", units: "1", nanos: 123_456_789 })).toBe("1.123456789"); // nothing is lost
  expect(priceText(undefined)).toBe("");
});
