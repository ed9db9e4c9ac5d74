import { stored } from "@/lib/stored";
import { de } from "./de";
import { en, type Strings } from "./en";

export type Language = "en" | "de";
export const languages: Record<Language, string> = { en: "English", de: "Deutsch" };

const all: Record<Language, Strings> = { en, de };

const ofBrowser = (): Language => (navigator.language.startsWith("de") ? "de" : "en");
export const language = stored<Language>("language", (kept) => (kept === "en" || kept === "de" ? kept : ofBrowser()));

export function chooseLanguage(choice: Language): void {
  language.set(choice);
  document.documentElement.lang = choice;
}

export const useStrings = (): Strings => all[language.use()];
export const useLanguage = (): Language => language.use();

export const categoryName = (strings: Strings, category: string): string =>
  strings.categories[category] ?? category.charAt(0).toUpperCase() + category.slice(1).replaceAll("-", " ");

export const problemText = (strings: Strings, reason: string): string =>
  strings.problems[reason] ?? strings.problems.other ?? "";

export function countryName(language: Language, code: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}
