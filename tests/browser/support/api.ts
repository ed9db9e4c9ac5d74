// What others do meanwhile, and what is really so: by REST, past the pages.
import { randomUUID } from "node:crypto";
import type { Availability, Booking, Event, Location, User } from "@/api/client";
import { until } from "./until";

const DAY_MS = 86_400_000;

export class Api {
  private place: Promise<Location> | undefined;
  constructor(private readonly url: string) {}

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { "Content-Type": "application/json", "Idempotency-Key": randomUUID() },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  location = (more: Partial<Location> = {}) =>
    this.ask<Location>("POST", "/v1/locations", {
      name: "Halle der Proben",
      address: "Probenweg 1, Leipzig",
      country: "DE",
      timeZone: "Europe/Berlin",
      halls: [{ name: "Großer Saal", capacity: 10_000 }],
      ...more,
    });

  async locationNamed(name: string): Promise<Location> {
    const { locations } = await this.ask<{ locations: Location[] }>("GET", "/v1/locations?pageSize=1000");
    const found = locations.find((location) => location.name === name);
    if (!found) throw new Error(`there is no location ${name}`);
    return found;
  }

  async draft(more: Partial<Event> = {}): Promise<Event> {
    this.place ??= this.location();
    const place = await this.place;
    return this.ask("POST", "/v1/events", {
      name: `Probe ${randomUUID().slice(0, 8)}`,
      category: "jazz",
      description: "An evening that only tests know of.",
      startTime: new Date(Date.now() + 20 * DAY_MS).toISOString(),
      endTime: new Date(Date.now() + 20 * DAY_MS + 7_200_000).toISOString(),
      timeZone: "Europe/Berlin",
      locationId: place.id,
      hall: place.halls[0]?.name,
      capacity: 100,
      price: { currencyCode: "EUR", units: "25", nanos: 0 },
      ...more,
    });
  }

  publish = ({ id, etag }: Event) => this.ask<Event>("POST", `/v1/events/${id}:publish`, { etag });

  event = async (more: Partial<Event> = {}): Promise<Event> => this.publish(await this.draft(more));

  cancelEvent = ({ id, etag }: Event) => this.ask<Event>("POST", `/v1/events/${id}:cancel`, { etag });

  user = () =>
    this.ask<User>("POST", "/v1/users", {
      firstName: "Grace",
      lastName: "Hopper",
      email: `grace-${randomUUID()}@example.com`,
    });

  // Somebody else books, unless it is said who.
  async book(eventId: string, seats: number, userId?: string): Promise<Booking> {
    const who = userId ?? (await this.user()).id;
    return this.ask("POST", `/v1/events/${eventId}/bookings`, { userId: who, seats });
  }
  cancel = (bookingId: string) => this.ask<Booking>("POST", `/v1/bookings/${bookingId}:cancel`, {});

  booking = (id: string) => this.ask<Booking>("GET", `/v1/bookings/${id}`);
  seats = (eventId: string) => this.ask<Availability>("GET", `/v1/events/${eventId}/availability`);
  bookingsOf = async (eventId: string): Promise<Booking[]> =>
    (await this.ask<{ bookings: Booking[] }>("GET", `/v1/events/${eventId}/bookings?pageSize=1000`)).bookings;
  listed = (eventId: string) => this.ask<Event>("GET", `/v1/events/${eventId}`);

  // The seats by the one who decides; `free` is what the three say together.
  untilSeats = (eventId: string, wanted: { held: number; sold: number }) =>
    until(`${wanted.held} seats are held and ${wanted.sold} sold`, async () => {
      const { held, sold } = await this.seats(eventId);
      return held === wanted.held && sold === wanted.sold;
    });
}
