// Each page is a folder below pages/, and loaded when somebody goes there; the list is what most people see first.
import { createBrowserRouter } from "react-router";
import { Crashed } from "@/components/crashed";
import { Shell } from "@/components/shell";
import { later } from "@/lib/later";
import { EventsPage } from "@/pages/events";

const EventPage = later(() => import("@/pages/event"));
const BookingPage = later(() => import("@/pages/booking"));
const BookingsPage = later(() => import("@/pages/bookings"));
const OrganisePage = later(() => import("@/pages/organise/events"));
const LocationsPage = later(() => import("@/pages/organise/locations"));
const LocationPage = later(() => import("@/pages/organise/location"));
const EventFormPage = later(() => import("@/pages/organise/event_form"));
const BoardPage = later(() => import("@/pages/organise/board"));
const SystemPage = later(() => import("@/pages/system"));
const MissingPage = later(() => import("@/pages/missing"));

export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <Crashed />,
    children: [
      { path: "/", element: <EventsPage /> },
      { path: "/events/:eventId", element: <EventPage /> },
      { path: "/bookings", element: <BookingsPage /> },
      { path: "/bookings/:bookingId", element: <BookingPage /> },
      { path: "/organise", element: <OrganisePage /> },
      { path: "/organise/locations", element: <LocationsPage /> },
      { path: "/organise/locations/new", element: <LocationPage key="new" /> },
      { path: "/organise/locations/:locationId", element: <LocationPage /> },
      { path: "/organise/events/new", element: <EventFormPage key="new" /> },
      { path: "/organise/events/:eventId", element: <BoardPage /> },
      { path: "/organise/events/:eventId/edit", element: <EventFormPage key="edit" /> },
      { path: "/system", element: <SystemPage /> },
      { path: "*", element: <MissingPage /> },
    ],
  },
]);
