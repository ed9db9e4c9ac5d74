import { expect, test } from "vitest";
import { countries, currencies, timeZones } from "./places";

test("countries are those of ISO 3166-1, by their name in the reader's language", () => {
  const german = countries("de");
  expect(german.find(({ value }) => value === "DE")?.label).toBe("Deutschland");
  const codes = german.map(({ value }) => value);
  for (const code of ["US", "JP", "AQ", "TW", "PS", "GB"]) expect(codes, code).toContain(code);
  for (const code of ["EU", "UN", "DD", "SU", "UK", "ZZ", "XA", "AN"]) expect(codes, code).not.toContain(code);
  expect(codes.length).toBe(249);
});

test("a zone that has another name by now can still be chosen", () => {
  const zones = timeZones("Asia/Kolkata", "Etc/GMT+1");
  expect(zones.get("Europe")).toContain("Europe/Berlin");
  expect(zones.get("Asia")).toContain("Asia/Kolkata");
  expect(zones.get("Etc")).toEqual(["Etc/GMT+1"]);
  expect(zones.get("UTC")).toEqual(["UTC"]);
});

test("currencies have their code and a name", () => {
  expect(currencies("en").find(({ value }) => value === "EUR")?.label).toBe("EUR · Euro");
});
