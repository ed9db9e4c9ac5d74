import { Activity, CalendarCog, CalendarSearch, Tickets } from "lucide-react";
import { Suspense, useEffect, useRef } from "react";
import { Link, type Location, NavLink, Outlet, ScrollRestoration, useLocation } from "react-router";
import { serverClock } from "@/api/server_clock";
import { account } from "@/lib/account";
import { classNames } from "@/lib/class_names";
import { held, needsRoom } from "@/lib/held";
import { later } from "@/lib/later";
import { useStrings } from "@/strings";
import { LiveBar, LivePill } from "./live_pill";
import { useNotes } from "./say";
import { SettingsButton } from "./settings_button";
import { Skeleton } from "./skeleton";

// What the first look does not need comes a moment later.
const HoldBanner = later(() => import("./hold_banner"));
const Toasts = later(() => import("./toasts"));

const navLink = ({ isActive }: { isActive: boolean }) =>
  classNames(
    "inline-flex min-h-11 items-center gap-2 rounded-xl px-3 font-semibold hover:bg-sunken",
    isActive ? "text-accent" : "text-ink",
  );

function Header() {
  const strings = useStrings();
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-paper/90 backdrop-blur print:hidden">
      <div className="mx-auto flex h-16 max-w-6xl items-center gap-1 px-3 sm:gap-2 sm:px-6">
        <Link
          to="/"
          className="flex items-center gap-2.5 rounded-xl p-1 font-display text-xl font-extrabold tracking-tight"
        >
          <img src="/favicon.svg" alt="" width="34" height="34" />
          <span className="max-[22rem]:sr-only">{strings.app.name}</span>
        </Link>
        <nav aria-label={strings.app.nav} className="ml-auto flex items-center sm:gap-1">
          <NavLink to="/" end className={navLink}>
            <CalendarSearch aria-hidden className="size-5" />
            <span className="max-sm:sr-only">{strings.app.events}</span>
          </NavLink>
          <NavLink to="/bookings" className={navLink}>
            <Tickets aria-hidden className="size-5" />
            <span className="max-sm:sr-only">{strings.app.bookings}</span>
          </NavLink>
          <NavLink to="/organise" className={navLink}>
            <CalendarCog aria-hidden className="size-5" />
            <span className="max-sm:sr-only">{strings.app.organise}</span>
          </NavLink>
          <NavLink to="/system" className={(state) => classNames(navLink(state), "max-lg:hidden")}>
            <Activity aria-hidden className="size-5" />
            {strings.app.system}
          </NavLink>
          <SettingsButton />
        </nav>
      </div>
    </header>
  );
}

function Footer() {
  const strings = useStrings();
  return (
    <footer className="mt-16 border-t border-line print:hidden">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-6 text-sm text-soft sm:px-6">
        <p>{strings.app.footer}</p>
        <div className="flex items-center gap-4">
          <LivePill />
          <Link to="/system" className="underline underline-offset-4 hover:text-ink">
            {strings.app.system}
          </Link>
          <a href="/openapi.json" className="underline underline-offset-4 hover:text-ink">
            {strings.app.api}
          </a>
        </div>
      </div>
    </footer>
  );
}

const Waiting = () => (
  <div className="mx-auto max-w-6xl space-y-4 px-4 py-10 sm:px-6">
    <Skeleton className="h-10 w-2/3" />
    <Skeleton className="h-64 w-full" />
  </div>
);

function Notes() {
  const isWanted = useNotes().length > 0;
  return isWanted ? (
    <Suspense>
      <Toasts />
    </Suspense>
  ) : null;
}

// Who goes to another page with the keyboard or a screen reader is at its beginning, too.
function useFocusOnMove() {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [pathname]);
}

// Where the banner will be, if there was a hold.
function Room() {
  const { pathname } = useLocation();
  return needsRoom(held.use(), pathname, serverClock.now()) ? <div className="h-14.25 bg-accent-wash" /> : null;
}

// Whatever is loaded first has the key "default", so that what was scrolled on one page would be so on another.
const placeOf = ({ key, pathname }: Location): string => (key === "default" ? pathname : key);

export function Shell() {
  const strings = useStrings();
  const isKnown = account.use() !== null;
  useFocusOnMove();
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 rounded-xl bg-accent px-4 py-3 font-semibold text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {strings.app.skip}
      </a>
      <Header />
      {isKnown && (
        <Suspense fallback={<Room />}>
          <HoldBanner room={<Room />} />
        </Suspense>
      )}
      {/* What is below stays out of sight until there is something above it. */}
      <main id="content" tabIndex={-1} className="flex-1 outline-none has-[.animate-shimmer]:min-h-dvh">
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </main>
      <Footer />
      <LiveBar />
      <Notes />
      <ScrollRestoration getKey={placeOf} />
    </div>
  );
}
