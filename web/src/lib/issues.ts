// What is wrong with a field, without words: the pages have those, in two languages.

export type Issue =
  | "required"
  | "unreadable"
  | "noSuchTime"
  | "past"
  | "beforeStart"
  | "badCategory"
  | "noPrice"
  | "taken"
  | "badTimeOfDay"
  | "badCharacters"
  | "gone"
  | { tooLong: number }
  | { between: [number, number] }
  | { seatsOfHall: number }
  | { days: number }
  | { daysAhead: number }
  | { tooManyDigits: number }
  | { tooMuch: number };

// By the name of the field, as refusals of the API call it.
export type Issues = Record<string, Issue | undefined>;

export const isTooLong = (text: string, most: number): Issue | undefined =>
  [...text.trim()].length > most ? { tooLong: most } : undefined;

export const hasIssues = (issues: Issues): boolean => Object.values(issues).some(Boolean);
