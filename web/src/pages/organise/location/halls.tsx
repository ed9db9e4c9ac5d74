import { Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/button";
import { emptyHall, type HallForm, hallField, LOCATION_LIMITS } from "@/lib/location_form";
import { useOrganise } from "@/strings/organise";
import { Section, TextField } from "../parts/fields";

type Props = {
  halls: HallForm[];
  onChange: (halls: HallForm[], ...fields: string[]) => void;
  problem: (field: string) => string | undefined;
};

export const HALLS = "location.halls";

function Row({ halls, onChange, problem, index, onRemove }: Props & { index: number; onRemove: () => void }) {
  const { location } = useOrganise();
  const hall = halls[index] ?? emptyHall("");
  const set = (field: "name" | "description" | "capacity", value: string) =>
    onChange(
      halls.map((one) => (one === hall ? { ...one, [field]: value } : one)),
      hallField(index, field),
      HALLS,
    );
  const common = (field: "name" | "description" | "capacity") => ({
    id: hallField(index, field),
    problem: problem(hallField(index, field)),
    value: hall[field],
    onChange: (value: string) => set(field, value),
  });
  return (
    <fieldset className="min-w-0 rounded-2xl bg-sunken p-4">
      <legend className="float-left mb-3 font-display text-lg font-bold">{location.hall(index + 1)}</legend>
      {halls.length > 1 && (
        <Button
          look="quiet"
          size="small"
          className="float-right text-bad!"
          icon={<Trash2 aria-hidden className="size-4" />}
          aria-label={location.removeHall(index + 1, hall.name.trim())}
          onClick={onRemove}
        >
          {location.remove}
        </Button>
      )}
      <div className="clear-both grid gap-4 sm:grid-cols-[1fr_10rem]">
        <TextField {...common("name")} label={location.hallName} autoComplete="off" />
        <TextField
          {...common("capacity")}
          label={location.hallCapacity}
          hint={location.hallCapacityHint(LOCATION_LIMITS.hallCapacity)}
          inputMode="numeric"
          autoComplete="off"
        />
        <TextField
          {...common("description")}
          label={location.hallDescription}
          isOptional
          className="sm:col-span-2"
          autoComplete="off"
        />
      </div>
    </fieldset>
  );
}

export function Halls({ halls, onChange, problem }: Props) {
  const { location } = useOrganise();
  const [said, setSaid] = useState("");
  const lastKey = useRef(1000);
  const add = () => {
    onChange([...halls, emptyHall(`new-${++lastKey.current}`)], HALLS);
    setSaid(location.added(halls.length + 1));
    setTimeout(() => document.getElementById(hallField(halls.length, "name"))?.focus());
  };
  const remove = (index: number) => {
    // What was said of halls by their number may now be about others.
    const fields = halls.flatMap((_, i) => (["name", "description", "capacity"] as const).map((f) => hallField(i, f)));
    onChange(
      halls.filter((_, i) => i !== index),
      ...fields,
      HALLS,
    );
    setSaid(location.removed);
    setTimeout(() => document.getElementById(HALLS)?.focus());
  };
  return (
    <Section title={location.halls} note={location.hallsHint(LOCATION_LIMITS.halls)}>
      {halls.map((hall, index) => (
        <Row
          key={hall.key}
          halls={halls}
          onChange={onChange}
          problem={problem}
          index={index}
          onRemove={() => remove(index)}
        />
      ))}
      {problem(HALLS) && <p className="font-medium text-bad">{problem(HALLS)}</p>}
      {halls.length < LOCATION_LIMITS.halls && (
        <Button id={HALLS} className="justify-self-start" icon={<Plus aria-hidden className="size-5" />} onClick={add}>
          {location.addHall}
        </Button>
      )}
      <p role="status" className="sr-only">
        {said}
      </p>
    </Section>
  );
}
