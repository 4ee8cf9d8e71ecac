// What every page does: theme switch, fresh relative times, the search key, htmx's token and lost connections.

const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);

function isTyping(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

function relative(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const length = Math.abs(seconds);
  if (length < 5) return "now";
  const [size, name] = units.find(([least]) => length >= least);
  const text = `${Math.floor(length / size)} ${name}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

// The server's clock is the one that counts: a wrong clock on this machine must not make a sync look old.
const skew = Date.parse(root.dataset.now) - Date.now();

function refreshTimes() {
  for (const time of document.querySelectorAll("time[datetime]:not([data-fixed])")) {
    time.textContent = relative((Date.now() + skew - Date.parse(time.dateTime)) / 1000);
  }
}

function switchTheme() {
  const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${next}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  root.dataset.bsTheme = next;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  const dismissed = event.target.closest("[data-dismiss]");
  if (dismissed) dismissed.closest(".notice").remove();
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $("dialog[open]")) return;
  const box = $("#search");
  const sheet = $("#keys");
  if (event.key === "/" && box) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "?" && sheet) {
    event.preventDefault();
    sheet.showModal();
  } else {
    // Pages with keys of their own listen for this: nobody is typing, and no dialog is open.
    document.dispatchEvent(new CustomEvent("concord:key", { detail: event }));
  }
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]").content;
});

function lost(isLost) {
  const sign = $("#lost");
  if (sign) sign.hidden = !isLost;
}
document.addEventListener("htmx:sendError", () => lost(true));
document.addEventListener("htmx:afterOnLoad", () => lost(false));

// A part that is replaced while somebody types in it keeps what was typed, what was opened, and where the caret was.
const TYPED = "input[id]:not([type=hidden]), select[id], textarea[id]";
const isUntouched = (field) =>
  field.matches("select") ? [...field.options].every((each) => each.selected === each.defaultSelected)
    : field.value === field.defaultValue && field.checked === field.defaultChecked;
let kept = null;
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const at = target.contains(document.activeElement) ? document.activeElement : null;
  kept = {
    typed: [...target.querySelectorAll(TYPED)].filter((field) => !isUntouched(field)),
    opened: [...target.querySelectorAll("details[id][open]")].map((each) => each.id),
    at, from: at?.selectionStart, to: at?.selectionEnd,
  };
});
document.addEventListener("htmx:afterSwap", () => {
  if (!kept) return;
  for (const id of kept.opened) document.getElementById(id)?.setAttribute("open", "");
  for (const old of kept.typed) {
    const field = document.getElementById(old.id);
    if (field && field !== old) [field.value, field.checked] = [old.value, old.checked];
  }
  const field = kept.at?.id && document.getElementById(kept.at.id);
  if (field && field !== document.activeElement) {
    field.focus({ preventScroll: true });
    if (kept.from != null) field.setSelectionRange(kept.from, kept.to);
  }
  kept = null;
});

document.addEventListener("htmx:afterSwap", refreshTimes);
setInterval(refreshTimes, 15000);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});

// On a phone the menu opens over the page and is then a dialog, which needs a name; beside the page it is none.
document.addEventListener("show.bs.offcanvas", (event) => event.target.setAttribute("aria-label", "Menu"));
document.addEventListener("hidden.bs.offcanvas", (event) => event.target.removeAttribute("aria-label"));
