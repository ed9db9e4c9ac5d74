import { useMemo } from "react";
import { LOCATION_LIMITS, type LocationForm } from "@/lib/location_form";
import { countries, timeZones, zonesOf } from "@/lib/places";
import { countryName, useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { Section, SelectField, TextField } from "../parts/fields";

type Props = {
  values: LocationForm;
  change: (part: Partial<LocationForm>, ...fields: string[]) => void;
  problem: (field: string) => string | undefined;
};

const words = (zone: string) => zone.replaceAll("_", " ");

function ZoneField({ values, change, problem }: Props) {
  const { location, form } = useOrganise();
  const language = useLanguage();
  const near = useMemo(() => zonesOf(values.country), [values.country]);
  const all = useMemo(() => timeZones(values.timeZone, ...near), [values.timeZone, near]);
  return (
    <SelectField
      id="location.time_zone"
      label={location.timeZone}
      hint={location.timeZoneHint}
      problem={problem("location.time_zone")}
      value={values.timeZone}
      onChange={(timeZone) => change({ timeZone }, "location.time_zone")}
    >
      {!values.timeZone && <option value="">{form.choose}</option>}
      {near.length > 0 && (
        <optgroup label={location.zonesOf(countryName(language, values.country))}>
          {near.map((zone) => (
            <option key={zone} value={zone}>
              {words(zone)}
            </option>
          ))}
        </optgroup>
      )}
      {[...all].map(([area, zones]) => (
        <optgroup key={area} label={area}>
          {zones
            .filter((zone) => !near.includes(zone))
            .map((zone) => (
              <option key={zone} value={zone}>
                {words(zone)}
              </option>
            ))}
        </optgroup>
      ))}
    </SelectField>
  );
}

export function Place({ values, change, problem }: Props) {
  const organise = useOrganise();
  const { location } = organise;
  const language = useLanguage();
  const places = useMemo(() => countries(language), [language]);
  const chooseCountry = (country: string) => {
    const zones = zonesOf(country);
    // A zone of another country would be a mistake that nobody sees; of several, only who is there knows which.
    const zone = zones.length === 0 || zones.includes(values.timeZone) ? values.timeZone : "";
    change(
      { country, timeZone: zones.length === 1 ? (zones[0] ?? "") : zone },
      "location.country",
      "location.time_zone",
    );
  };
  return (
    <Section title={location.about}>
      <TextField
        id="location.name"
        label={location.name}
        hint={organise.form.upTo(LOCATION_LIMITS.name)}
        problem={problem("location.name")}
        value={values.name}
        onChange={(name) => change({ name }, "location.name")}
        autoComplete="off"
      />
      <TextField
        id="location.address"
        label={location.address}
        isOptional
        hint={location.addressHint(LOCATION_LIMITS.address)}
        problem={problem("location.address")}
        value={values.address}
        onChange={(address) => change({ address }, "location.address")}
        autoComplete="off"
      />
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          id="location.country"
          label={location.country}
          problem={problem("location.country")}
          value={values.country}
          onChange={chooseCountry}
        >
          {!values.country && <option value="">{organise.form.choose}</option>}
          {places.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <ZoneField values={values} change={change} problem={problem} />
        <TextField
          id="location.open_time"
          type="time"
          label={location.openTime}
          isOptional
          problem={problem("location.open_time")}
          value={values.openTime}
          onChange={(openTime) => change({ openTime }, "location.open_time")}
        />
        <TextField
          id="location.close_time"
          type="time"
          label={location.closeTime}
          isOptional
          hint={location.hoursHint}
          problem={problem("location.close_time")}
          value={values.closeTime}
          onChange={(closeTime) => change({ closeTime }, "location.close_time")}
        />
      </div>
    </Section>
  );
}
