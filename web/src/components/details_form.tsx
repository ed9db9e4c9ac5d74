import { type FormEvent, useId, useRef, useState } from "react";
import { checkDetails, type DetailProblem, type Details } from "@/lib/account";
import { useStrings } from "@/strings";
import type { Strings } from "@/strings/en";
import { Button } from "./button";

const fields = [
  { name: "firstName", type: "text", autoComplete: "given-name" },
  { name: "lastName", type: "text", autoComplete: "family-name" },
  { name: "email", type: "email", autoComplete: "email" },
] as const;

const words = (strings: Strings, problem: DetailProblem): string =>
  typeof problem === "object" ? strings.book.tooLong(problem.tooLong) : strings.book[problem];

export function DetailsForm({ isBusy, onDone }: { isBusy: boolean; onDone: (details: Details) => void }) {
  const strings = useStrings();
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [details, setDetails] = useState<Details>({ firstName: "", lastName: "", email: "" });
  const [isTried, setIsTried] = useState(false);
  const problems = isTried ? checkDetails(details) : {};

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setIsTried(true);
    const first = fields.find(({ name }) => checkDetails(details)[name]);
    if (first) form.current?.querySelector<HTMLInputElement>(`[name=${first.name}]`)?.focus();
    else
      onDone({ firstName: details.firstName.trim(), lastName: details.lastName.trim(), email: details.email.trim() });
  };

  return (
    <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
      {fields.map(({ name, ...rest }) => {
        const problem = problems[name];
        return (
          <div key={name}>
            <label htmlFor={id + name} className="mb-1 block font-semibold">
              {strings.book[name]}
            </label>
            <input
              {...rest}
              id={id + name}
              name={name}
              required
              className="field"
              value={details[name]}
              onChange={(event) => setDetails({ ...details, [name]: event.target.value })}
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
      <Button type="submit" look="main" size="large" isBusy={isBusy} className="mt-2">
        {strings.book.goOn}
      </Button>
    </form>
  );
}
