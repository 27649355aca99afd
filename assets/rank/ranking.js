/** What a ranking page keeps, without the page: plain data in, plain data out. Both files become one script of the page. */

export const QUESTIONS = ["edit", "image", "temporal"];

/** A ranking, best first, after a letter was chosen: one that is in it is taken out, another comes last. What is left alone follows. */
export function choose(ranking, letter, letters) {
  if (!letters.includes(letter)) return ranking;
  if (ranking.includes(letter)) return ranking.filter((other) => other !== letter);
  const chosen = [...ranking, letter];
  const rest = letters.filter((other) => !chosen.includes(other));
  return rest.length === 1 ? [...chosen, ...rest] : chosen;
}

/** Whether every letter has its place. Two cannot share one. */
export function isComplete(ranking, letters) {
  return ranking.length === letters.length;
}

/** Whether all questions of a clip are answered. */
export function isAnswered(cell, letters) {
  return QUESTIONS.every((question) => isComplete(cell[question], letters));
}

/** How many clips are answered. */
export function answeredCells(cells, lettersOf) {
  return cells.filter((cell, c) => isAnswered(cell, lettersOf[c])).length;
}

/** Answers of nobody yet. */
export function noAnswers(lettersOf, rater) {
  return { rater, at: 0, cells: lettersOf.map(() => ({ edit: [], image: [], temporal: [] })) };
}

/** What was kept as a text, where it fits the page; null else. */
export function restored(text, lettersOf) {
  let kept;
  try {
    kept = JSON.parse(text ?? "null");
  } catch (error) {
    // Another program's text is no answers.
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
  const isPart = (ranking, letters) =>
    Array.isArray(ranking) &&
    ranking.every((letter, i) => letters.includes(letter) && ranking.indexOf(letter) === i);
  const fits =
    typeof kept?.rater === "string" &&
    Number.isInteger(kept.at) &&
    kept.at >= 0 &&
    kept.at <= lettersOf.length &&
    Array.isArray(kept.cells) &&
    kept.cells.length === lettersOf.length &&
    kept.cells.every((cell, c) => QUESTIONS.every((question) => isPart(cell?.[question], lettersOf[c])));
  return fits ? kept : null;
}

/** The file that a person hands in. */
export function fileOf(page, { rater, cells }) {
  return `${JSON.stringify({ version: 1, page, rater, cells }, null, 1)}\n`;
}
