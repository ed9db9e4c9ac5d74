// What stands in the house when the pages are looked at: events in every state of their sale, and somebody's bookings.
import type { Event, Location } from "@/api/client";
import { Api } from "./api";
import { openPage, type Storage } from "./browser";
import { confirm, hold } from "./flow";
import { until } from "./until";

const DAY_MS = 86_400_000;

const inDays = (days: number, hour: number): string => {
  const day = new Date(Date.now() + days * DAY_MS);
  day.setUTCHours(hour, 0, 0, 0);
  return day.toISOString();
};

const plays = {
  onSale: {
    name: "The Blue Hour Quartet",
    category: "jazz",
    description: "Four players, one microphone, and songs that were never written down.\n\nDoors open an hour before.",
    capacity: 480,
    taken: 28,
    days: 2,
  },
  fewLeft: { name: "Letters from Lisbon", category: "theatre", capacity: 60, taken: 54, days: 3 },
  soldOut: { name: "Midnight Piano", category: "classical", capacity: 40, taken: 40, days: 3 },
  calledOff: { name: "Overture in the Rain", category: "concert", capacity: 200, taken: 8, days: 4 },
  calm: { name: "A Quiet Reading", category: "spoken-word", capacity: 300, taken: 0, days: 60 },
  draft: { name: "Spring Gala", category: "dance", capacity: 900, taken: 0, days: 90 },
} as const;

type Name = keyof typeof plays;
export type Stage = {
  api: Api;
  events: Record<Name, Event>;
  location: Location;
  bookings: { held: string; confirmed: string; cancelled: string };
  ada: Storage; // her browser's
};

async function make(api: Api, location: Location, name: Name): Promise<Event> {
  const { taken, days, ...words } = plays[name];
  const startTime = inDays(days, 18);
  const draft = await api.draft({
    ...words,
    startTime,
    endTime: new Date(Date.parse(startTime) + 2.5 * 3_600_000).toISOString(),
    timeZone: location.timeZone,
    locationId: location.id,
    hall: location.halls[0]?.name ?? "",
    price: { currencyCode: "EUR", units: "38", nanos: 0 },
  });
  if (name === "draft") return draft;
  const event = await api.publish(draft);
  for (let left: number = taken; left > 0; left -= 4) await api.book(event.id, Math.min(left, 4));
  return event;
}

export async function setStage(url: string): Promise<Stage> {
  const api = new Api(url);
  const location = await api.locationNamed("Elbphilharmonie");
  const names = Object.keys(plays) as Name[];
  const made = await Promise.all(names.map((name) => make(api, location, name)));
  const events = Object.fromEntries(names.map((name, i) => [name, made[i]])) as Record<Name, Event>;

  const { page, close } = await openPage({ url: `${url}/events/${events.fewLeft.id}` });
  const confirmed = await hold(page, 2);
  await confirm(page);
  const { userId } = await api.booking(confirmed);
  const cancelled = await api.book(events.calledOff.id, 3, userId);
  await api.cancelEvent(events.calledOff);
  await until("the bookings of the event are cancelled", async () => (await api.seats(events.calledOff.id)).sold === 0);
  await page.goto(`${url}/events/${events.onSale.id}`);
  const held = await hold(page, 2);
  const ada = await page.context().storageState();
  await close();
  await until("the seats are listed", async () => (await api.listed(events.soldOut.id)).seatsAvailable === 0);
  return { api, location, events, bookings: { held, confirmed, cancelled: cancelled.id }, ada };
}
