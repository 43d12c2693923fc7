// Small comforts on every page. Without this file everything still works.
import { toast } from "./toast.js";

// Menus and confirmations (<details>) close on a click elsewhere and on Escape.
const open = () => document.querySelectorAll("details.menu[open], details.confirm[open]");
document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// Dialogs: <button data-open="id">, <button data-close>. A click on the backdrop closes too.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.matches?.("dialog.dialog")) event.target.close();
});

// <button data-copy="text">
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast("Copied");
  } catch {
    toast("Copying was not allowed; select the text instead");
  }
});

// <i class="swatch" data-color="#rrggbb">: style attributes are forbidden, the object model is not.
function paint(root) {
  for (const swatch of root.querySelectorAll("[data-color]")) swatch.style.backgroundColor = swatch.dataset.color;
}
paint(document);
document.addEventListener("htmx:afterSwap", (event) => paint(event.target.parentElement ?? document));

// A form sent once is sent: a second click on the same button does nothing until the page answers or comes back.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[data-again]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  }
});

// Words from the server: HX-Trigger: {"tally:toast": {"text": "…"}}
document.addEventListener("tally:toast", (event) => toast(event.detail.text ?? event.detail.value));

// A row of tabs too long for the screen starts where one is.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16;
}
