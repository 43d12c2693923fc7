// Parts of a page that look again by themselves ([data-live], by htmx). They rest while nobody looks: in a hidden tab,
// after some minutes without a hand on the page, and while a panel inside them is open. They look again on return.
const REST_AFTER = 10 * 60_000;
let touched = performance.now();
let resting = false;

const watched = (part) =>
  !document.hidden && performance.now() - touched < REST_AFTER && !part.querySelector("details[open], dialog[open]");

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (!part.matches?.("[data-live]") || watched(part)) return;
  resting = true;
  event.preventDefault();
});

function returned() {
  touched = performance.now();
  if (!resting || document.hidden) return;
  resting = false;
  for (const part of document.querySelectorAll("[data-live]")) part.dispatchEvent(new Event("again"));
}
for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) addEventListener(kind, returned, { passive: true });
document.addEventListener("visibilitychange", returned);
