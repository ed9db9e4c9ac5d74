// Each page is a folder below pages/, and loaded when somebody goes there; the list is what most people see first.
import { lazy } from "react";
import { createBrowserRouter } from "react-router";
import { Crashed } from "@/components/crashed";
import { Shell } from "@/components/shell";
import { EventsPage } from "@/pages/events";

const EventPage = lazy(() => import("@/pages/event"));
const BookingPage = lazy(() => import("@/pages/booking"));
const BookingsPage = lazy(() => import("@/pages/bookings"));
const OrganisePage = lazy(() => import("@/pages/organise/events"));
const LocationsPage = lazy(() => import("@/pages/organise/locations"));
const LocationPage = lazy(() => import("@/pages/organise/location"));
const EventFormPage = lazy(() => import("@/pages/organise/event_form"));
const BoardPage = lazy(() => import("@/pages/organise/board"));
const MissingPage = lazy(() => import("@/pages/missing"));

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
      { path: "*", element: <MissingPage /> },
    ],
  },
]);
