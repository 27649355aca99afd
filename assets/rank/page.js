import { answeredCells, choose, fileOf, isAnswered, noAnswers, QUESTIONS, restored } from "./ranking.js";

const data = JSON.parse(document.getElementById("data").textContent);
const lettersOf = data.cells.map(({ results }) => results.map(({ letter }) => letter));
const KEY = `blind-ranking-${data.page}`;
const FRAME_MS = 125;
const ASKED = {
  edit: "Edit: which shows best what the second sentence says, and keeps the rest of the source?",
  image: "Image: which has the best pictures, each by itself?",
  temporal: "Time: which is the steadiest from picture to picture?",
};

const $ = (id) => document.getElementById(id);
const tell = (text) => {
  $("told").textContent = text;
};

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function newRater() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a browser that keeps nothing says, once. */
function kept(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    $("unkept").hidden = false;
    return null;
  }
}

let state =
  restored(
    kept(() => localStorage.getItem(KEY)),
    lettersOf,
  ) ?? noAnswers(lettersOf, newRater());
const keep = () => kept(() => localStorage.setItem(KEY, JSON.stringify(state)));

/** Clips that are shown: each a list of pictures, of which one is seen. */
let clips = [];
let frame = 0;
let isPlaying = !matchMedia("(prefers-reduced-motion: reduce)").matches;

function showFrame(next) {
  const count = Math.max(1, ...clips.map((pictures) => pictures.length));
  frame = (next + count) % count;
  for (const pictures of clips)
    for (const [f, picture] of pictures.entries())
      picture.classList.toggle("seen", f === Math.min(frame, pictures.length - 1));
  $("frame").textContent = `picture ${frame + 1} of ${count}`;
}

function play(on) {
  isPlaying = on;
  $("play").textContent = on ? "Pause" : "Play";
}

function clipOf(name, frames) {
  const pictures = frames.map((uri, f) => {
    const picture = make("img", { src: uri, alt: f === 0 ? name : "" });
    return picture;
  });
  clips.push(pictures);
  return make("figure", {}, make("div", { class: "clip" }, ...pictures), make("figcaption", {}, name));
}

/** A question's buttons: a press gives the next place, another takes it away. */
function questionOf(question, c) {
  const letters = lettersOf[c];
  const places = make("p", { class: "places", "aria-live": "polite" });
  const buttons = letters.map((letter) => {
    const button = make("button", { type: "button", class: "letter" });
    button.addEventListener("click", () => press(letter));
    return button;
  });
  const clear = make("button", { type: "button", class: "plain" }, "Clear");
  const set = make("fieldset", { id: question }, make("legend", {}, ASKED[question]));
  set.append(make("div", { class: "letters" }, ...buttons, clear), places);

  function update() {
    const ranking = state.cells[c][question];
    for (const [i, button] of buttons.entries()) {
      const place = ranking.indexOf(letters[i]) + 1;
      button.setAttribute("aria-pressed", String(place > 0));
      button.setAttribute("aria-label", `${letters[i]}${place > 0 ? `, place ${place}` : ""}`);
      button.replaceChildren(letters[i], make("small", {}, place > 0 ? String(place) : "\u00a0"));
    }
    const isDone = ranking.length === letters.length;
    places.textContent =
      ranking.length === 0
        ? "Choose the best, then the next best, and so on."
        : `${isDone ? "Best to worst: " : "So far: "}${ranking.join(", ")}`;
    set.classList.toggle("done", isDone);
  }

  function change(ranking) {
    state.cells[c][question] = ranking;
    keep();
    update();
    updateSteps();
  }

  function press(letter) {
    change(choose(state.cells[c][question], letter, letters));
  }

  clear.addEventListener("click", () => change([]));
  set.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const letter = event.key.toUpperCase();
    const ranking = state.cells[c][question];
    if (letters.includes(letter)) press(letter);
    else if (event.key === "Backspace" && ranking.length > 0) change(ranking.slice(0, -1));
    else return;
    event.preventDefault();
  });
  update();
  return set;
}

function updateSteps() {
  const { at, cells } = state;
  const isEnd = at === cells.length;
  $("back").disabled = at === 0;
  $("next").hidden = isEnd;
  $("next").disabled = !isEnd && !isAnswered(cells[at], lettersOf[at]);
  $("progress").value = answeredCells(cells, lettersOf);
}

/** Shows the clip where the answers are, or their end. */
function show() {
  const { at, cells } = state;
  const isEnd = at === cells.length;
  clips = [];
  $("cell").hidden = isEnd;
  $("end").hidden = !isEnd;
  $("cell").replaceChildren();
  $("place").textContent = isEnd ? "All edits are ranked" : `Edit ${at + 1} of ${cells.length}`;
  if (!isEnd) {
    const { source, target, frames, results } = data.cells[at];
    const sentences = make(
      "dl",
      {},
      ...[make("dt", {}, "The source shows"), make("dd", {}, source)],
      ...[make("dt", {}, "The edit shall show"), make("dd", {}, target)],
    );
    const own = make("div", { class: "source" }, clipOf("source", frames), sentences);
    const edits = results.map((result) => clipOf(result.letter, result.frames));
    $("cell").append(own, make("div", { class: "results" }, ...edits));
    $("cell").append(...QUESTIONS.map((question) => questionOf(question, at)));
    showFrame(0);
  }
  $("player").hidden = isEnd;
  updateSteps();
}

function go(at) {
  state.at = Math.min(Math.max(at, 0), state.cells.length);
  keep();
  show();
  $("place").focus();
  window.scrollTo(0, 0);
}

$("progress").max = data.cells.length;
$("back").addEventListener("click", () => go(state.at - 1));
$("next").addEventListener("click", () => go(state.at + 1));
$("play").addEventListener("click", () => play(!isPlaying));
for (const [id, by] of [
  ["earlier", -1],
  ["later", 1],
])
  $(id).addEventListener("click", () => {
    play(false);
    showFrame(frame + by);
  });
$("download").addEventListener("click", () => {
  const link = make("a", { download: `answers-${state.rater.slice(0, 8)}.json` });
  link.href = URL.createObjectURL(new Blob([fileOf(data.page, state)], { type: "application/json" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  tell("The file of answers was downloaded. Hand it to whoever asked you.");
});
$("anew").addEventListener("click", () => {
  if (!confirm("Have you downloaded your answers? They are taken off this page now.")) return;
  state = noAnswers(lettersOf, newRater());
  tell("");
  go(0);
});
play(isPlaying);
show();
setInterval(() => {
  if (isPlaying && !document.hidden) showFrame(frame + 1);
}, FRAME_MS);
