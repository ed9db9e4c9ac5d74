import { problemText, useLanguage, useStrings } from "@/strings";
import { de } from "./organise_de";
import { en, type OrganiseStrings } from "./organise_en";

const all = { en, de };

export const useOrganise = (): OrganiseStrings => all[useLanguage()];

// The words of a refusal for an organiser.
export function useProblemText(): (reason: string) => string {
  const organise = useOrganise();
  const strings = useStrings();
  return (reason) => organise.problems[reason] ?? problemText(strings, reason);
}
