import { useState } from "react";
import { EVENT_LIMITS, type EventForm } from "@/lib/event_form";
import { categoryName, useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { Section, SelectField, TextArea, TextField } from "../parts/fields";

export type PartProps = {
  values: EventForm;
  change: (part: Partial<EventForm>, ...fields: string[]) => void;
  problem: (field: string) => string | undefined;
};

const OTHER = "+"; // no category: those have letters

function Category({ values, change, problem }: PartProps) {
  const { event } = useOrganise();
  const strings = useStrings();
  const known = Object.keys(strings.categories);
  const [isOwn, setIsOwn] = useState(values.category !== "" && !known.includes(values.category));
  const choose = (value: string) => {
    setIsOwn(value === OTHER);
    change({ category: value === OTHER ? "" : value }, "event.category");
  };
  const names = known
    .map((category) => ({ category, name: categoryName(strings, category) }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <SelectField
        id={isOwn ? "category-choice" : "event.category"}
        label={event.category}
        isOptional
        problem={isOwn ? undefined : problem("event.category")}
        value={isOwn ? OTHER : values.category}
        onChange={choose}
      >
        <option value="">{event.noCategory}</option>
        {names.map(({ category, name }) => (
          <option key={category} value={category}>
            {name}
          </option>
        ))}
        <option value={OTHER}>{event.otherCategory}</option>
      </SelectField>
      {isOwn && (
        <TextField
          id="event.category"
          label={event.ownCategory}
          hint={event.ownCategoryHint}
          isOptional
          problem={problem("event.category")}
          value={values.category}
          onChange={(category) => change({ category }, "event.category")}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </div>
  );
}

export function What(props: PartProps) {
  const { values, change, problem } = props;
  const { event, form } = useOrganise();
  return (
    <Section title={event.what}>
      <TextField
        id="event.name"
        label={event.name}
        hint={form.upTo(EVENT_LIMITS.name)}
        problem={problem("event.name")}
        value={values.name}
        onChange={(name) => change({ name }, "event.name")}
        autoComplete="off"
      />
      <Category {...props} />
      <TextArea
        id="event.description"
        label={event.description}
        isOptional
        hint={form.upTo(EVENT_LIMITS.description)}
        problem={problem("event.description")}
        value={values.description}
        onChange={(description) => change({ description }, "event.description")}
        rows={6}
      />
    </Section>
  );
}
