import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import type { Location } from "@/api/client";
import { categoriesQuery, locationsQuery } from "@/api/events";
import { Button } from "@/components/button";
import { Skeleton } from "@/components/skeleton";
import { classNames } from "@/lib/class_names";
import { categoryName, countryName, type Language, useLanguage, useStrings } from "@/strings";
import { type Filters, filterCount, sorts, times } from "./filters";

type Change = (change: Partial<Filters>) => void;

// Those that there is something of; none at all when that is not known. The one chosen can always be let go.
export function Categories({ value, onChange }: { value: string; onChange: Change }) {
  const strings = useStrings();
  const { data = [], isPending } = useQuery(categoriesQuery);
  if (isPending) return <Skeleton className="h-12 rounded-3xl lg:h-24" />;
  const all = [...new Set([...data, value])].filter(Boolean);
  if (all.length === 0) return null;
  all.sort((a, b) => categoryName(strings, a).localeCompare(categoryName(strings, b)));
  return (
    <fieldset className="min-w-0">
      <legend className="sr-only">{strings.events.category}</legend>
      <div className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 [scrollbar-width:none] lg:mx-0 lg:flex-wrap lg:px-0">
        {["", ...all].map((category) => (
          <label
            key={category}
            className="relative flex min-h-10 shrink-0 cursor-pointer items-center rounded-full border border-line bg-card px-4 text-[0.9375rem] font-medium hover:border-line-strong has-checked:border-ink has-checked:bg-ink has-checked:text-paper has-focus-visible:outline-3 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="category"
              className="sr-only"
              checked={category === value}
              onChange={() => onChange({ category })}
            />
            {category ? categoryName(strings, category) : strings.events.allCategories}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm font-semibold text-soft">
        {label}
      </label>
      {children(id)}
    </div>
  );
}

function byCountry(locations: Location[], language: Language): [code: string, name: string, venues: Location[]][] {
  const groups = new Map<string, Location[]>();
  for (const location of locations) groups.set(location.country, [...(groups.get(location.country) ?? []), location]);
  return [...groups]
    .map(([code, venues]): [string, string, Location[]] => [code, countryName(language, code), venues])
    .sort((a, b) => a[1].localeCompare(b[1], language));
}

// Countries and venues in one list: "c:DE" or "v:<id>".
function PlaceField({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const strings = useStrings();
  const language = useLanguage();
  const { locations, isWhole } = useQuery(locationsQuery).data ?? { locations: [], isWhole: true };
  const value = filters.location ? `v:${filters.location}` : filters.country ? `c:${filters.country}` : "";
  const choose = (chosen: string) =>
    onChange({
      country: chosen.startsWith("c:") ? chosen.slice(2) : "",
      location: chosen.startsWith("v:") ? chosen.slice(2) : "",
    });
  return (
    <Field label={strings.events.place}>
      {(id) => (
        <select id={id} className="field" value={value} onChange={(event) => choose(event.target.value)}>
          <option value="">{strings.events.anyPlace}</option>
          {byCountry(locations, language).map(([code, name, venues]) => (
            <optgroup key={code} label={name}>
              <option value={`c:${code}`}>{strings.events.allOf(name)}</option>
              {venues.map((venue) => (
                <option key={venue.id} value={`v:${venue.id}`}>
                  {venue.name}
                </option>
              ))}
            </optgroup>
          ))}
          {!isWhole && <option disabled>{strings.events.placesLimited(locations.length)}</option>}
        </select>
      )}
    </Field>
  );
}

function TimeField({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const strings = useStrings();
  return (
    <>
      <Field label={strings.events.when}>
        {(id) => (
          <select
            id={id}
            className="field"
            value={filters.time}
            onChange={(event) => onChange({ time: event.target.value as Filters["time"] })}
          >
            {times.map((time) => (
              <option key={time} value={time}>
                {strings.events.times[time]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {filters.time === "range" && (
        <>
          <Field label={strings.events.from}>
            {(id) => (
              <input
                id={id}
                type="date"
                className="field"
                value={filters.from}
                max={filters.to || undefined}
                onChange={(event) => onChange({ from: event.target.value })}
              />
            )}
          </Field>
          <Field label={strings.events.to}>
            {(id) => (
              <input
                id={id}
                type="date"
                className="field"
                value={filters.to}
                min={filters.from || undefined}
                onChange={(event) => onChange({ to: event.target.value })}
              />
            )}
          </Field>
        </>
      )}
    </>
  );
}

function SortField({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const strings = useStrings();
  return (
    <Field label={strings.events.sort}>
      {(id) => (
        <select
          id={id}
          className="field"
          value={filters.sort}
          onChange={(event) => onChange({ sort: event.target.value as Filters["sort"] })}
        >
          {sorts.map((sort) => (
            <option key={sort} value={sort}>
              {strings.events.sorts[sort]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

// Folded away on phones, open on wider screens.
export function FilterPanel({ filters, onChange }: { filters: Filters; onChange: Change }) {
  const strings = useStrings();
  const [isOpen, setIsOpen] = useState(filterCount(filters) > 0);
  const id = useId();
  const count = filterCount(filters) - (filters.category ? 1 : 0);
  return (
    <div>
      <Button
        className="w-full md:hidden"
        icon={<SlidersHorizontal aria-hidden className="size-5" />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        {strings.events.filters}
        {count > 0 && (
          <span className="grid size-6 place-items-center rounded-full bg-accent text-sm text-on-accent">{count}</span>
        )}
      </Button>
      <div
        id={id}
        className={classNames(
          "grid gap-3 max-md:mt-3 sm:grid-cols-2 md:grid-cols-[repeat(auto-fit,minmax(11rem,1fr))] md:items-end",
          !isOpen && "max-md:hidden",
        )}
      >
        <PlaceField filters={filters} onChange={onChange} />
        <TimeField filters={filters} onChange={onChange} />
        <SortField filters={filters} onChange={onChange} />
        <label className="flex min-h-11 cursor-pointer items-center gap-3 font-medium">
          <input
            type="checkbox"
            className="size-5 accent-accent"
            checked={filters.withSeats}
            onChange={(event) => onChange({ withSeats: event.target.checked })}
          />
          {strings.events.withSeats}
        </label>
      </div>
    </div>
  );
}
