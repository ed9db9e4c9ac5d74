import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import { classNames } from "@/lib/class_names";

type Look = "main" | "plain" | "quiet" | "danger";
type Size = "normal" | "large" | "small";

const looks: Record<Look, string> = {
  main: "bg-accent text-on-accent hover:bg-accent-strong disabled:bg-sunken disabled:text-soft",
  plain: "border border-line-strong bg-card text-ink hover:bg-sunken disabled:text-soft",
  quiet: "text-ink hover:bg-sunken disabled:text-soft",
  danger: "border border-bad text-bad hover:bg-bad-wash disabled:text-soft",
};
const sizes: Record<Size, string> = {
  small: "min-h-10 px-3 text-sm",
  normal: "min-h-11 px-4",
  large: "min-h-13 px-6 text-lg",
};

const classesOf = (look: Look, size: Size, more?: string) =>
  classNames(
    "inline-flex items-center justify-center gap-2 rounded-xl font-semibold transition-colors disabled:cursor-default",
    looks[look],
    sizes[size],
    more,
  );

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: Look;
  size?: Size;
  isBusy?: boolean;
  icon?: ReactNode;
};

// While it is busy it keeps the focus and takes no click; of a double click it takes the first.
export function Button({
  look = "plain",
  size = "normal",
  isBusy,
  icon,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classesOf(look, size, className)}
      aria-disabled={isBusy || undefined}
      onClick={(event) => (isBusy || event.detail > 1 ? event.preventDefault() : onClick?.(event))}
    >
      {isBusy ? <LoaderCircle aria-hidden className="size-5 animate-spin" /> : icon}
      {children}
    </button>
  );
}

type ButtonLinkProps = LinkProps & { look?: Look; size?: Size; icon?: ReactNode };

export function ButtonLink({ look = "plain", size = "normal", icon, className, children, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} className={classesOf(look, size, className)}>
      {icon}
      {children}
    </Link>
  );
}
