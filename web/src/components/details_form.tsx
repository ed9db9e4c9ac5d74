import { type FormEvent, type ReactNode, useId, useRef, useState } from "react";
import { Problem, reasonOf } from "@/api/problem";
import { classNames } from "@/lib/class_names";
import { checkDetails, type DetailProblem, type Details, detailNames, refusedDetails, trimmed } from "@/lib/details";
import { problemText, useStrings } from "@/strings";
import type { Strings } from "@/strings/en";
import { Button } from "./button";

const fields = [
  { name: "firstName", type: "text", autoComplete: "given-name" },
  { name: "lastName", type: "text", autoComplete: "family-name" },
  { name: "email", type: "email", autoComplete: "email" },
] as const;

const words = (strings: Strings, problem: DetailProblem): string =>
  typeof problem === "object" ? strings.book.tooLong(problem.tooLong) : strings.book[problem];

type Props = {
  start: Details;
  submit: string;
  isBusy: boolean;
  error: unknown; // why what was handed over last was not taken
  onChange?: (details: Details) => void;
  onDone: (details: Details) => void;
  children?: ReactNode; // below the button
};

export function DetailsForm({ start, submit, isBusy, error, onChange, onDone, children }: Props) {
  const strings = useStrings();
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [details, setDetails] = useState(start);
  const [isTried, setIsTried] = useState(false);
  const [sent, setSent] = useState<Details>();
  const refused = error instanceof Problem ? refusedDetails(error.fields) : {};
  const problems = isTried ? checkDetails(details) : {};
  for (const name of detailNames) if (details[name].trim() === sent?.[name]) problems[name] ??= refused[name];

  const change = (next: Details) => {
    setDetails(next);
    onChange?.(next);
  };
  const hand = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setIsTried(true);
    const first = detailNames.find((name) => checkDetails(details)[name]);
    if (first) {
      form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    setSent(trimmed(details));
    onDone(trimmed(details));
  };

  return (
    <form ref={form} noValidate onSubmit={hand} className="grid gap-4 sm:grid-cols-2">
      {fields.map(({ name, ...rest }) => {
        const problem = problems[name];
        return (
          <div key={name} className={classNames("min-w-0", name === "email" && "sm:col-span-2")}>
            <label htmlFor={id + name} className="mb-1 block font-semibold">
              {strings.book[name]}
            </label>
            <input
              {...rest}
              id={id + name}
              name={name}
              required
              className="field scroll-mt-56 aria-invalid:border-2 aria-invalid:border-bad"
              value={details[name]}
              onChange={(event) => change({ ...details, [name]: event.target.value })}
              aria-invalid={!!problem}
              aria-describedby={problem && `${id + name}-problem`}
            />
            {problem && (
              <p id={`${id + name}-problem`} className="mt-1 text-sm font-medium text-bad">
                {words(strings, problem)}
              </p>
            )}
          </div>
        );
      })}
      {error !== null && !isBusy && (
        <p role="alert" className="rounded-xl bg-bad-wash p-3 font-medium text-bad sm:col-span-2">
          {problemText(strings, reasonOf(error))}
        </p>
      )}
      <div className="mt-1 grid gap-3 sm:col-span-2">
        <Button type="submit" look="main" size="large" isBusy={isBusy}>
          {submit}
        </Button>
        {children}
      </div>
    </form>
  );
}
