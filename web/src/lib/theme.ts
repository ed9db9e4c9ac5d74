import { stored } from "./stored";

export type Theme = "system" | "light" | "dark";

export const theme = stored<Theme>("theme", (kept) => (kept === "light" || kept === "dark" ? kept : "system"));

export function chooseTheme(choice: Theme): void {
  theme.set(choice);
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}
