import { useMemo } from "react";
import { currencies } from "@/lib/places";
import { useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { Section, SelectField, TextField } from "../parts/fields";
import type { PartProps } from "./what";

export function Price({ values, change, problem }: PartProps) {
  const { event } = useOrganise();
  const language = useLanguage();
  const known = useMemo(() => currencies(language), [language]);
  return (
    <Section title={event.priceLegend}>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          id="event.price.units"
          label={event.price}
          isOptional
          hint={event.priceHint}
          problem={problem("event.price.units")}
          value={values.price}
          onChange={(price) => change({ price }, "event.price.units")}
          inputMode="decimal"
          autoComplete="off"
        />
        <SelectField
          id="event.price.currency_code"
          label={event.currency}
          problem={problem("event.price.currency_code")}
          value={values.currency}
          onChange={(currency) => change({ currency }, "event.price.currency_code", "event.price.units")}
        >
          {!known.some(({ value }) => value === values.currency) && (
            <option value={values.currency}>{values.currency}</option>
          )}
          {known.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
      </div>
    </Section>
  );
}
