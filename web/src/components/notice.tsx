import type { ReactNode } from "react";

// A page or a part of it that has nothing to show: why, and what to do.
export function Notice({
  icon,
  level = 1,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  level?: 1 | 2;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const Heading = `h${level}` as const;
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      <div
        aria-hidden
        className="mb-2 grid size-16 place-items-center rounded-2xl bg-accent-wash text-accent [&_svg]:size-8"
      >
        {icon}
      </div>
      <Heading className="text-2xl font-bold">{title}</Heading>
      {children && <p className="text-soft">{children}</p>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}
