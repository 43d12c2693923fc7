// One key for each decision: what carries data-key is clicked by it. Left and right leaf. Keys typed into fields are text,
// and inside the picture the arrows move the picture.
const ARROWS = { ArrowLeft: "prev", ArrowRight: "next" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const typing = event.target.closest?.("textarea, select, input:not([type=checkbox], [type=radio])");
  if (typing) {
    if (event.key === "Escape") typing.blur();
    return;
  }
  const rel = ARROWS[event.key];
  if (rel && event.target.closest?.(".viewer-area, .table-wrap, [type=radio]")) return;
  const target = rel
    ? document.querySelector(`.pager a[rel="${rel}"]`)
    : document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
  if (target.matches("summary") && target.parentElement.open) {
    target.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  }
});
