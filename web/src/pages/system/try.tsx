import { CalendarSearch } from "lucide-react";
import { ButtonLink } from "@/components/button";
import { useSystemStrings } from "@/strings/system";
import { Panel } from "./frame";

export function Try() {
  const { try: words } = useSystemStrings();
  return (
    <Panel title={words.title}>
      <ol className="grid gap-4 lg:grid-cols-3">
        {words.steps.map((step, i) => (
          <li key={step} className="flex gap-3">
            <span
              aria-hidden
              className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-wash font-bold text-accent"
            >
              {i + 1}
            </span>
            <p>{step}</p>
          </li>
        ))}
      </ol>
      <ButtonLink to="/" className="mt-5" icon={<CalendarSearch aria-hidden className="size-5" />}>
        {words.events}
      </ButtonLink>
    </Panel>
  );
}
