// The state of a form: what is in it, what was there before, what is wrong with it.
import { useState } from "react";
import { Problem } from "@/api/problem";
import { hasIssues, type Issues } from "@/lib/issues";
import { merge } from "@/lib/merge";
import { issueOf } from "@/lib/refused_field";
import { useOrganise, useProblemText } from "@/strings/organise";

// A sentence about a field; or about no field of this form, then without a name.
export type Wrong = { field: string; text: string };

type Options<T> = {
  start: T;
  check: (values: T) => Issues;
  // Fields of the API that are not on the form, and where to show what is said of them.
  alias?: (field: string) => string;
};

export function useForm<T extends object>({ start, check, alias = (field) => field }: Options<T>) {
  const organise = useOrganise();
  const problemText = useProblemText();
  const [base, setBase] = useState(start);
  const [values, setValues] = useState(start);
  const [isTried, setIsTried] = useState(false);
  const [refused, setRefused] = useState<Wrong[]>([]);
  const [tries, setTries] = useState(0);

  const issues = isTried ? check(values) : {};
  const found = Object.entries(issues).flatMap(([field, issue]) =>
    issue ? [{ field, text: organise.issue(issue) }] : [],
  );
  const wrong = [...found, ...refused];

  // What the server said of a field is no longer about it once it is changed.
  const change = (part: Partial<T>, ...fields: string[]) => {
    setValues((before) => ({ ...before, ...part }));
    if (refused.length > 0) setRefused(refused.filter(({ field }) => field && !fields.some((one) => field === one)));
  };
  const refuse = (wrongs: Wrong[]) => {
    setRefused(wrongs);
    setTries((n) => n + 1);
  };
  const refuseFor = (error: unknown) => {
    const fields = error instanceof Problem ? Object.entries(error.fields) : [];
    const said = fields.map(([field, words]) => {
      const issue = issueOf(words);
      return { field: alias(field), text: issue ? organise.issue(issue) : organise.form.serverSays(words) };
    });
    const reason = error instanceof Problem ? error.reason : "";
    refuse(said.length > 0 ? said : [{ field: "", text: problemText(reason) }]);
  };
  // Is it worth asking the server? Otherwise the summary says why not.
  const isReady = (): boolean => {
    setIsTried(true);
    setRefused([]);
    const isGood = !hasIssues(check(values));
    if (!isGood) setTries((n) => n + 1);
    return isGood;
  };
  // Somebody else was faster: their state becomes the one before.
  const rebase = (theirs: T) => {
    const merged = merge(base, values, theirs);
    setBase(theirs);
    setValues(merged.values);
    setRefused([]);
    return merged;
  };

  return {
    base,
    values,
    change,
    wrong,
    tries,
    problem: (field: string) => wrong.find((one) => one.field === field)?.text,
    isDirty: JSON.stringify(values) !== JSON.stringify(base),
    isReady,
    refuse,
    refuseFor,
    rebase,
  };
}
