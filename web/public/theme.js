// Before the first paint, so that a chosen theme does not flash. A file of its own: the policy allows no inline script.
try {
  const theme = localStorage.getItem("myevents.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = localStorage.getItem("myevents.language") || navigator.language;
  document.documentElement.lang = language.startsWith("de") ? "de" : "en";
} catch {}
