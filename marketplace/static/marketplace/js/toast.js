// A passing word at the foot of the page, also read aloud: toast("Saved"), or the event `tally:toast` from htmx's
// HX-Trigger header.

export function toast(text, { seconds = 6 } = {}) {
  const region = document.querySelector(".toasts");
  if (!region) return;
  const item = document.createElement("div");
  item.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "✕";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => item.remove());
  item.append(words, close);
  region.append(item);
  let timer = setTimeout(() => item.remove(), seconds * 1000);
  item.addEventListener("pointerenter", () => clearTimeout(timer));
  item.addEventListener("focusin", () => clearTimeout(timer));
  item.addEventListener("pointerleave", () => { timer = setTimeout(() => item.remove(), 2000); });
}
