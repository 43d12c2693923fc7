// The arrow keys leaf through the images of a job. Inside the picture they move the picture, in a scrolled table the table.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest?.("input, textarea, select, .viewer-area, .table-wrap, details.menu")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`.pager a[rel="${rel}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
