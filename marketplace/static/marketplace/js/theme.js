// Runs before the first paint, so that a chosen theme never flashes the other one. Not a module: those are deferred.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const write = (theme) => { try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch { /* private window */ } };
  const apply = () => {
    const chosen = read();
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    const dark = chosen ? chosen === "dark" : system.matches;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(dark));
      button.querySelector("[data-theme-light]").hidden = dark;
      button.querySelector("[data-theme-dark]").hidden = !dark;
    }
  };
  apply();
  document.addEventListener("DOMContentLoaded", apply);
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-toggle]");
    if (!button) return;
    const wanted = button.getAttribute("aria-pressed") === "true" ? "light" : "dark";
    // Back to what the system says is not a choice worth keeping.
    write((wanted === "dark") === system.matches ? null : wanted);
    apply();
  });
})();
