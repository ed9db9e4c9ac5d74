// What an organiser writes about a location and its halls, checked as the server checks it but before it is asked.
import type { Location } from "@/api/client";
import { type Issue, type Issues, isTooLong } from "./issues";

export type HallForm = { key: string; name: string; description: string; capacity: string };
export type LocationForm = {
  name: string;
  address: string;
  country: string;
  timeZone: string;
  openTime: string;
  closeTime: string;
  halls: HallForm[];
};

export const LOCATION_LIMITS = {
  name: 120,
  address: 240,
  halls: 50,
  hallName: 80,
  hallDescription: 500,
  hallCapacity: 1_000_000,
};

export const emptyHall = (key: string): HallForm => ({ key, name: "", description: "", capacity: "" });

export const emptyLocation = (timeZone: string): LocationForm => ({
  name: "",
  address: "",
  country: "",
  timeZone,
  openTime: "",
  closeTime: "",
  halls: [emptyHall("0")],
});

export const locationForm = (location: Location): LocationForm => ({
  name: location.name,
  address: location.address,
  country: location.country,
  timeZone: location.timeZone,
  openTime: location.openTime,
  closeTime: location.closeTime,
  halls: location.halls.map((hall, i) => ({
    key: `${i}`,
    name: hall.name ?? "",
    description: hall.description ?? "",
    capacity: String(hall.capacity ?? ""),
  })),
});

export const hallField = (index: number, field: "name" | "description" | "capacity"): string =>
  `location.halls[${index}].${field}`;

function checkHall(halls: HallForm[], index: number): Issues {
  const hall = halls[index] ?? emptyHall("");
  const name = hall.name.trim();
  const isTaken = halls.findIndex((one) => one.name.trim() === name) < index;
  const capacity = /^\d{1,7}$/.test(hall.capacity.trim()) ? Number(hall.capacity) : 0;
  const isWithin = capacity >= 1 && capacity <= LOCATION_LIMITS.hallCapacity;
  const nameIssue = !name ? "required" : isTaken ? "taken" : isTooLong(name, LOCATION_LIMITS.hallName);
  const missing = hall.capacity.trim() ? undefined : "required";
  return {
    [hallField(index, "name")]: nameIssue,
    [hallField(index, "description")]: isTooLong(hall.description, LOCATION_LIMITS.hallDescription),
    [hallField(index, "capacity")]: missing ?? (isWithin ? undefined : { between: [1, LOCATION_LIMITS.hallCapacity] }),
  };
}

const timeOfDay = (text: string): Issue | undefined =>
  !text || /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? undefined : "badTimeOfDay";

export function checkLocation(form: LocationForm): Issues {
  return {
    "location.name": form.name.trim() ? isTooLong(form.name, LOCATION_LIMITS.name) : "required",
    "location.address": isTooLong(form.address, LOCATION_LIMITS.address),
    "location.country": form.country ? undefined : "required",
    "location.time_zone": form.timeZone ? undefined : "required",
    "location.open_time": timeOfDay(form.openTime),
    "location.close_time": timeOfDay(form.closeTime),
    ...form.halls.reduce<Issues>((all, _, i) => Object.assign(all, checkHall(form.halls, i)), {}),
  };
}

export type LocationBody = Omit<LocationForm, "halls"> & {
  halls: { name: string; description: string; capacity: number }[];
};

// Of a form without issues.
export const locationBody = (form: LocationForm): LocationBody => ({
  ...form,
  name: form.name.trim(),
  address: form.address.trim(),
  halls: form.halls.map(({ name, description, capacity }) => ({
    name: name.trim(),
    description: description.trim(),
    capacity: Number(capacity),
  })),
});
