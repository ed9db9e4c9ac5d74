// Each page is a folder below pages/, and loaded when somebody goes there; the list is what most people see first.
import { lazy } from "react";
import { createBrowserRouter } from "react-router";
import { Crashed } from "@/components/crashed";
import { Shell } from "@/components/shell";
import { EventsPage } from "@/pages/events";

const EventPage = lazy(() => import("@/pages/event"));
const BookingPage = lazy(() => import("@/pages/booking"));
const BookingsPage = lazy(() => import("@/pages/bookings"));
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
      { path: "*", element: <MissingPage /> },
    ],
  },
]);
