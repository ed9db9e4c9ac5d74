import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { Link, NavLink } from "react-router";
import { classNames } from "@/lib/class_names";
import { useOrganise } from "@/strings/organise";

const section = ({ isActive }: { isActive: boolean }) =>
  classNames(
    "inline-flex min-h-11 items-center border-b-3 px-1 font-semibold",
    isActive ? "border-accent text-ink" : "border-transparent text-soft hover:text-ink",
  );

// What the two lists have in common: where one is, and the way to the other.
export function ListFrame({ action, children }: { action: ReactNode; children: ReactNode }) {
  const organise = useOrganise();
  return (
    <div className="mx-auto max-w-6xl px-4 pt-8 sm:px-6">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div>
          <h1 className="text-4xl font-extrabold tracking-tight sm:text-5xl">{organise.title}</h1>
          <p className="mt-2 text-lg text-soft">{organise.lead}</p>
        </div>
        <div className="max-sm:w-full">{action}</div>
      </div>
      <nav aria-label={organise.sections} className="mt-6 flex gap-6 border-b border-line">
        <NavLink to="/organise" end className={section}>
          {organise.events}
        </NavLink>
        <NavLink to="/organise/locations" className={section}>
          {organise.locations}
        </NavLink>
      </nav>
      <div className="mt-6">{children}</div>
    </div>
  );
}

export const BackLink = ({ to, children }: { to: string; children: ReactNode }) => (
  <Link to={to} className="inline-flex min-h-11 items-center gap-2 font-medium text-soft hover:text-ink">
    <ArrowLeft aria-hidden className="size-4" />
    {children}
  </Link>
);

// A page with a form: narrow enough to be read.
export function FormFrame(props: {
  back: string;
  backText: string;
  title: string;
  lead?: string;
  children: ReactNode;
}) {
  return (
    <div className="mx-auto max-w-3xl px-4 pt-4 sm:px-6">
      <BackLink to={props.back}>{props.backText}</BackLink>
      <h1 className="mt-2 text-4xl font-extrabold tracking-tight">{props.title}</h1>
      {props.lead && <p className="mt-2 text-lg text-soft">{props.lead}</p>}
      {props.children}
    </div>
  );
}
