import { type ReactNode, useId } from "react";

// A part of the page, with what it is about.
export function Panel({ title, lead, aside, children }: Record<"title", string> & Frame) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="min-w-0 rounded-3xl border border-line bg-card p-3 shadow-card min-[24rem]:p-5 sm:p-6"
    >
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 max-w-2xl">
          <h2 id={id} className="text-2xl font-bold">
            {title}
          </h2>
          {lead && <p className="mt-1 text-soft">{lead}</p>}
        </div>
        {aside}
      </div>
      <div className="mt-5">{children}</div>
    </section>
  );
}
type Frame = { lead?: string; aside?: ReactNode; children: ReactNode };

// What is wider than the page scrolls by itself, and can be reached by keyboard.
export const Scrolls = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
  <section aria-label={label} tabIndex={0} className="overflow-x-auto rounded-xl border border-line">
    {children}
  </section>
);
