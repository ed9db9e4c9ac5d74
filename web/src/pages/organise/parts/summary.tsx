import { CircleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { useOrganise } from "@/strings/organise";
import type { Wrong } from "./use_form";

const goTo = (field: string) => document.getElementById(field)?.focus();

// All that is wrong, in one place; after each try that failed the focus is here.
export function Summary({ wrong, tries }: { wrong: Wrong[]; tries: number }) {
  const { form } = useOrganise();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (tries > 0) box.current?.focus();
  }, [tries]);
  if (wrong.length === 0 || tries === 0) return null;
  return (
    <div
      ref={box}
      tabIndex={-1}
      role="alert"
      aria-labelledby="summary"
      className="mt-6 scroll-mt-24 rounded-2xl border-2 border-bad bg-bad-wash p-5"
    >
      <h2 id="summary" className="flex items-center gap-2 text-xl font-bold text-bad">
        <CircleAlert aria-hidden className="size-5" />
        {wrong.every(({ field }) => field) ? form.problems(wrong.length) : form.notSaved}
      </h2>
      <ul className="mt-2 list-disc space-y-1 pl-6">
        {wrong.map(({ field, text }) => (
          <li key={field + text}>
            {field && document.getElementById(field) ? (
              <a
                href={`#${field}`}
                className="font-medium underline underline-offset-4"
                onClick={(event) => {
                  event.preventDefault();
                  goTo(field);
                }}
              >
                {labelOf(field)}
                {text}
              </a>
            ) : (
              text
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

// As the field calls itself, without what follows its name; of one of several halls, also which.
function labelOf(field: string): string {
  const input = document.getElementById(field) as HTMLInputElement | null;
  const group = input?.closest("fieldset")?.querySelector("legend")?.textContent;
  const label = input?.labels?.[0]?.firstChild?.textContent;
  return label ? `${group ? `${group}, ` : ""}${label}: ` : "";
}
