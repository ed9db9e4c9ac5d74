import { classNames } from "@/lib/class_names";

// Stands where something will be, in its size, so that nothing jumps.
export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden className={classNames("animate-shimmer rounded-lg bg-sunken", className)} />
);
