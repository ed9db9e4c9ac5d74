import { useMemo } from "react";
import type { Availability } from "@/api/client";
import type { Places } from "@/api/events";
import { onlyHall } from "@/lib/event_form";
import { useLanguage, useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { Section, SelectField, TextField } from "../parts/fields";
import type { PartProps } from "./what";

type Props = PartProps & { places: Places; isFixed: boolean; taken: Availability | undefined };

export function Where({ values, change, problem, places, isFixed, taken }: Props) {
  const { event, form } = useOrganise();
  const strings = useStrings();
  const language = useLanguage();
  const { locations, isWhole } = places;
  // There may be thousands.
  const options = useMemo(
    () =>
      [...locations]
        .sort((a, b) => a.name.localeCompare(b.name, language))
        .map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        )),
    [locations, language],
  );
  const location = locations.find(({ id }) => id === values.locationId);
  const halls = location?.halls ?? [];
  const hall = halls.find(({ name }) => name === values.hall);
  const chooseLocation = (locationId: string) => {
    const hall = onlyHall(locations.find(({ id }) => id === locationId)?.halls);
    change({ locationId, hall, capacity: "" }, "event.location_id", "event.hall", "event.capacity");
  };
  const most = hall?.capacity ?? 0;
  const isSelling = !!taken && taken.sold + taken.held > 0;
  return (
    <Section title={event.where}>
      <SelectField
        id="event.location_id"
        label={event.location}
        hint={isFixed ? event.locationFixed : undefined}
        problem={problem("event.location_id")}
        value={values.locationId}
        disabled={isFixed}
        onChange={chooseLocation}
      >
        {!location && <option value={values.locationId}>{form.choose}</option>}
        {options}
        {!isWhole && <option disabled>{strings.events.placesLimited(locations.length)}</option>}
      </SelectField>
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          id="event.hall"
          label={event.hall}
          problem={problem("event.hall")}
          value={values.hall}
          disabled={!location}
          onChange={(name) => change({ hall: name }, "event.hall", "event.capacity")}
        >
          {!hall && <option value={values.hall}>{values.hall || form.choose}</option>}
          {halls.map(({ name = "", capacity = 0 }) => (
            <option key={name} value={name}>
              {event.hallOption(name, capacity)}
            </option>
          ))}
        </SelectField>
        <TextField
          id="event.capacity"
          label={event.capacity}
          isOptional
          hint={
            <>
              {hall ? event.capacityHint(most) : event.capacityHintOpen}
              {isSelling && <span className="block">{event.capacityTaken(taken.sold, taken.held)}</span>}
            </>
          }
          problem={problem("event.capacity")}
          value={values.capacity}
          onChange={(capacity) => change({ capacity }, "event.capacity")}
          inputMode="numeric"
          autoComplete="off"
        />
      </div>
    </Section>
  );
}
