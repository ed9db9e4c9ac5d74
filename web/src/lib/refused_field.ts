// What the server says against a field is English. Here it becomes what the pages have words for in each language.
import type { Issue } from "./issues";

const sentences: [RegExp, (most: number) => Issue][] = [
  [/^is required/, () => "required"],
  [/^must be \d+ to (\d+) characters long$/, (tooLong) => ({ tooLong })],
  [/^must (not contain control characters|be valid UTF-8)$/, () => "badCharacters"],
  [/^must lie in the future$/, () => "past"],
  [/^must be at most (\d+) days ahead$/, (daysAhead) => ({ daysAhead })],
  [/^must be after start_time$/, () => "beforeStart"],
  [/^must be at most (\d+) days after start_time$/, (days) => ({ days })],
  [/^must be at most \d+ small letters, digits and '-'$/, () => "badCategory"],
  [/^must be at most (\d+), the seats of hall /, (seatsOfHall) => ({ seatsOfHall })],
  [/^must be 1 to (\d+)(, or 0 for the hall's)?$/, (most) => ({ between: [1, most] })],
  [/^must be 0 to (\d+)$/, (tooMuch) => ({ tooMuch })],
  [/^must differ from the other halls' names$/, () => "taken"],
  [/^must be HH:MM or empty$/, () => "badTimeOfDay"],
  [/^(location .* does not exist|the location has no hall .*|must be a UUID)$/s, () => "gone"],
];

// Undefined: a sentence that is not known here.
export function issueOf(words: string): Issue | undefined {
  for (const [sentence, issue] of sentences) {
    const found = sentence.exec(words);
    if (found) return issue(Number(found[1]));
  }
  return undefined;
}
