// The review queue by keyboard.  Every key presses a button that is there for the mouse too.

const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.activeElement?.closest?.("[data-row]") ?? null;

function go(step) {
  const all = rows();
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function press(action) {
  const row = current() ?? rows()[0];
  row?.querySelector(`[data-key="${action}"]`)?.click();
}

function type() {
  const details = (current() ?? rows()[0])?.querySelector("details[data-type]");
  if (!details) return;
  details.open = true;
  details.querySelector("input:not([type=hidden]), textarea")?.focus();
}

const KEYS = {
  j: () => go(1), ArrowDown: () => go(1), k: () => go(-1), ArrowUp: () => go(-1),
  s: () => press("salesforce"), e: () => press("xero"), u: () => press("undo"),
  " ": () => press("select"), o: () => press("open"), Enter: () => press("open"), v: type,
};

document.addEventListener("concord:key", ({ detail: event }) => {
  const onControl = event.target.closest("a, button, summary, input, select");
  const act = KEYS[event.key];
  if (!act || (onControl && [" ", "Enter"].includes(event.key))) return;
  event.preventDefault();
  act();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("input, textarea")) event.target.closest("[data-row]")?.focus();
});

// A decided row is replaced by the server's answer: the keys go on from where it stood.
let place = -1;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.matches?.("[data-row]")) place = rows().indexOf(event.detail.target);
});
document.addEventListener("htmx:afterSwap", () => {
  if (place >= 0) rows()[place]?.focus();
  place = -1;
});

const bar = document.querySelector("#bulk");
function count() {
  const ticked = document.querySelectorAll("input[name=ids]:checked").length;
  if (!bar) return;
  bar.classList.toggle("is-active", ticked > 0);
  bar.querySelector("[data-count]").textContent = `${ticked} selected`;
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const box of document.querySelectorAll("input[name=ids]")) box.checked = event.target.checked;
  }
  count();
});
document.addEventListener("htmx:afterSwap", count);
