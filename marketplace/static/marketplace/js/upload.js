// Many files at once: sent in batches, progress in view, refused files listed with the reason. Without this file the
// form still posts.
const FILES = 20;
const BYTES = 20_000_000;

const form = document.getElementById("upload");
const zone = form.querySelector(".dropzone");
const input = form.querySelector("input[type=file]");
const summary = form.querySelector(".upload-summary");
const bar = form.querySelector("progress");
const list = form.querySelector(".files");
const queue = [];
const done = { sent: 0, added: 0, refused: 0, bytes: 0, all: 0 };
let busy = false;
form.querySelector(".upload-plain").hidden = true; // files are sent as soon as they are chosen

input.addEventListener("change", () => {
  take(input.files);
  input.value = "";
});
for (const kind of ["dragenter", "dragover"]) {
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
zone.addEventListener("dragleave", (event) => {
  if (!zone.contains(event.relatedTarget)) zone.classList.remove("over");
});
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  take(event.dataTransfer.files);
});
addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});

function take(files) {
  for (const file of files) {
    queue.push(file);
    done.all += file.size;
  }
  if (!busy) run();
}

async function run() {
  busy = true;
  bar.hidden = summary.hidden = false;
  while (queue.length) {
    const batch = [queue.shift()];
    let size = batch[0].size;
    while (queue.length && batch.length < FILES && size + queue[0].size <= BYTES) {
      size += queue[0].size;
      batch.push(queue.shift());
    }
    await send(batch, size);
  }
  busy = false;
  bar.hidden = true;
  summary.textContent = `${done.added} added${done.refused ? `, ${done.refused} refused:` : "."}`;
  if (done.added) window.htmx.ajax("GET", location.pathname + location.search, { target: "#photos", select: "#photos", swap: "outerHTML" });
}

function send(batch, size, tries = 0) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    for (const file of batch) body.append("files", file);
    request.open("POST", location.pathname);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", (event) => show(done.bytes + Math.min(event.loaded, size)));
    request.addEventListener("load", () => {
      answered(request, batch);
      done.bytes += size;
      show(done.bytes);
      resolve();
    });
    request.addEventListener("error", () => {
      if (tries < 3) return setTimeout(() => send(batch, size, tries + 1).then(resolve), 1000 * 2 ** tries);
      for (const file of batch) refuse(file.name, "The connection was lost. Choose this file again.");
      resolve();
    });
    request.send(body);
  });
}

function answered(request, batch) {
  done.sent += batch.length;
  if (request.status === 200) {
    const reply = JSON.parse(request.responseText);
    done.added += reply.added;
    for (const file of reply.refused) refuse(file.name, file.message);
    const count = document.querySelector("[data-count]");
    count.textContent = Number(count.textContent.replaceAll(",", "")) + reply.added;
    return;
  }
  const why = request.status === 413 ? "The file is too large for this server." : "The server did not take it. Try again.";
  let detail = why;
  try {
    detail = JSON.parse(request.responseText).detail ?? why;
  } catch { /* not JSON: the general words say enough */ }
  for (const file of batch) refuse(file.name, detail);
}

function show(bytes) {
  bar.value = done.all ? bytes / done.all : 0;
  summary.textContent = `Uploading: ${done.sent} of ${done.sent + queue.length} files.`;
}

function refuse(name, message) {
  done.refused += 1;
  list.hidden = false;
  const row = document.createElement("li");
  row.className = "file bad";
  for (const [kind, text] of [["file-name", name], ["state", "refused"], ["file-note", message]]) {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = text;
    row.append(part);
  }
  list.append(row);
}
