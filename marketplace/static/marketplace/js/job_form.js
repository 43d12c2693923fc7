// The label editor: rows are added and removed without a round trip.
const form = document.getElementById("job-form");
const rows = form.querySelector("[data-rows]");
const template = form.querySelector("template[data-row]");
const total = form.querySelector("#id_labels-TOTAL_FORMS");
const palette = ["#eeee44", "#00ffcc", "#8888ff", "#ee4466", "#aaee88", "#ffaaff", "#aaaa00", "#ee66aa", "#6622ee", "#8844aa", "#cc0022", "#aa2266"];

function add() {
  const index = Number(total.value);
  rows.insertAdjacentHTML("beforeend", template.innerHTML.replaceAll("__prefix__", index));
  total.value = index + 1;
  const row = rows.lastElementChild;
  row.querySelector("input[type=color]").value = palette[index % palette.length];
  row.querySelector("input[type=text], input:not([type])")?.focus();
}

form.querySelector("[data-add]").addEventListener("click", (event) => {
  event.preventDefault();
  add();
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
  const kinds = [...rows.querySelectorAll("select")].map((select) => select.value);
  choice.hidden = !kinds.includes("tag");
}
rows.addEventListener("change", showChoice);
showChoice();
