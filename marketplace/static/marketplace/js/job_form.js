// The label editor: rows are added, moved and removed without a round trip.
import { toast } from "./toast.js";

const AT_MOST = 200;
const form = document.getElementById("job-form");
const rows = form.querySelector("[data-rows]");
const template = form.querySelector("template[data-row]");
const total = form.querySelector("#id_labels-TOTAL_FORMS");
const palette = ["#eeee44", "#00ffcc", "#8888ff", "#ee4466", "#aaee88", "#ffaaff", "#aaaa00", "#ee66aa", "#6622ee", "#8844aa", "#cc0022", "#aa2266"];

function add() {
  const index = Number(total.value);
  if (index >= AT_MOST) return toast(`A job has at most ${AT_MOST} labels`);
  rows.insertAdjacentHTML("beforeend", template.innerHTML.replaceAll("__prefix__", index));
  total.value = index + 1;
  const row = rows.lastElementChild;
  row.querySelector("input[type=color]").value = palette[index % palette.length];
  row.querySelector("select").value = rows.children[index - 1]?.querySelector("select").value ?? "box";
  row.querySelector(".label-name input").focus();
}

form.querySelector("[data-add]").addEventListener("click", (event) => {
  event.preventDefault();
  add();
});

// A row moves up by changing places with what is written above it: the rows' own numbers are their order.
rows.addEventListener("click", (event) => {
  const button = event.target.closest("[data-up]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  const above = row.previousElementSibling;
  if (!above) return;
  const [lower, upper] = [row, above].map((one) => [...one.querySelectorAll("input, select, textarea")]);
  lower.forEach((field, at) => {
    const key = field.type === "checkbox" ? "checked" : "value";
    [field[key], upper[at][key]] = [upper[at][key], field[key]];
  });
  for (const one of [row, above]) one.querySelector("details").open = Boolean(one.querySelector("textarea").value);
  above.querySelector("[data-up]").focus();
  const name = above.querySelector(".label-name input").value || "The label";
  toast(`${name} is label ${[...rows.children].indexOf(above) + 1} now`, { seconds: 2 });
});

// Enter in a label's name adds the next label: that is what people mean there.
rows.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.type !== "text") return;
  event.preventDefault();
  if (event.target.value.trim()) add();
});

// Which kind of tag question it is only matters when there are tags.
const choice = form.querySelector(".tag-choice");
function showChoice() {
  const kinds = [...rows.querySelectorAll("li:not(:has(.label-remove :checked)) select")].map((select) => select.value);
  choice.hidden = !kinds.some((kind) => kind === "both" || kind.split("+").includes("tag"));
}
rows.addEventListener("change", (event) => {
  showChoice();
  // Keypoints mean nothing without the names of their points.
  if (event.target.value === "keypoints") event.target.closest("li").querySelector("details").open = true;
});
showChoice();
