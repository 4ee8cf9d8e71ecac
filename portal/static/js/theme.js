// Sets light or dark before the first paint, and says that scripts run.  Not a module: those wait for the page.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => (/(?:^|; )theme=(light|dark)/.exec(document.cookie) || [])[1];
  const apply = () => { root.dataset.bsTheme = chosen() || (dark.matches ? "dark" : "light"); };
  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
})();
