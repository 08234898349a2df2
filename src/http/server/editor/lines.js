// The lines and the region as they are drawn now, and what was drawn before. Places are shares of the picture.

const MOST_STEPS = 200;

// Four decimals are less than a pixel of any camera.
export const rounded = (number) => Math.round(number * 1e4) / 1e4;
const clamp = (number) => Math.max(0, Math.min(1, number));

export class Drawing {
  lines = [];
  region = null;
  chosen = null;
  #configured = '';
  #steps = [];
  #listeners = [];

  // As they are configured.
  begin({ lines, region }) {
    this.#configured = JSON.stringify({ lines, region });
    this.#steps = [];
    this.#restore(this.#configured);
  }

  // What is drawn is configured by now.
  settle() {
    this.#configured = JSON.stringify(this.body);
  }

  // Calls `changed` with `true` when a change is done, and with `false` while something is being dragged.
  follow(changed) {
    this.#listeners.push(changed);
  }

  get body() {
    return { lines: this.lines, region: this.region };
  }

  get canUndo() {
    return this.#steps.length > 0;
  }

  get isChanged() {
    return JSON.stringify(this.body) !== this.#configured;
  }

  // To be called before a change, once for each that can be taken back.
  remember() {
    this.#steps.push(JSON.stringify(this.body));
    if (this.#steps.length > MOST_STEPS) this.#steps.shift();
  }

  changed(isDone = true) {
    // What was only touched is no step.
    if (isDone && this.#steps.at(-1) === JSON.stringify(this.body)) this.#steps.pop();
    this.#listeners.forEach((listener) => listener(isDone));
  }

  undo() {
    const step = this.#steps.pop();
    if (step) this.#restore(step);
  }

  startOver() {
    this.remember();
    this.#restore(this.#configured);
  }

  #restore(text) {
    const { lines, region } = JSON.parse(text);
    const chosen = this.lines.indexOf(this.chosen);
    // The same lines stay, so that whatever shows them keeps the focus.
    const isSame = lines.length === this.lines.length;
    this.lines = isSame ? lines.map((line, index) => Object.assign(this.lines[index], line)) : lines;
    this.region = region;
    this.chosen = this.lines[chosen] ?? this.lines[0] ?? null;
    this.changed();
  }

  choose(line) {
    if (this.chosen === line) return;
    this.chosen = line;
    this.#listeners.forEach((listener) => listener(false));
  }

  // Where a line across the middle would lie on no other.
  freeHeight() {
    const isFree = (y) => this.lines.every(({ a, b }) => Math.abs((a[1] + b[1]) / 2 - y) > 0.1);
    return [0.5, 0.65, 0.35, 0.8, 0.2].find(isFree) ?? 0.5;
  }

  // A region to begin with, that holds every line.
  roundLines() {
    const inset = [0.05, 0.05, 0.95, 0.95];
    const ends = this.lines.flatMap(({ a, b }) => [a, b]);
    return inset.map((side, index) => (index < 2 ? Math.min : Math.max)(side, ...ends.map((end) => end[index % 2])));
  }

  // A line of a new name, leading where the last one does.
  add(a, b, lots) {
    this.remember();
    const names = this.lines.map((line) => line.name.toLowerCase());
    let number = this.lines.length + 1;
    while (names.includes(`line ${number}`)) number += 1;
    const like = this.lines.at(-1) ?? { entry: lots[0] ?? null, exit: lots[0] ?? null };
    const line = { name: `line ${number}`, a: a.map(rounded), b: b.map(rounded), entry: like.entry, exit: like.exit, other_side: null };
    this.lines.push(line);
    this.chosen = line;
    this.changed();
    return line;
  }

  remove(line) {
    this.remember();
    this.lines = this.lines.filter((other) => other !== line);
    if (this.chosen === line) this.chosen = this.lines[0] ?? null;
    this.changed();
  }

  // What was an entry is an exit; the lots stay as they are.
  swap(line) {
    this.remember();
    [line.a, line.b] = [line.b, line.a];
    this.changed();
  }
}

// Moves an end by a step, not off the picture.
export const moved = (place, step) => place.map((value, axis) => rounded(clamp(value + step[axis])));

// Moves places together, so far as all stay on the picture.
export function movedTogether(places, step) {
  const allowed = step.map((value, axis) => {
    const along = places.map((place) => place[axis]);
    return Math.max(-Math.min(...along), Math.min(1 - Math.max(...along), value));
  });
  return places.map((place) => place.map((value, axis) => rounded(value + allowed[axis])));
}

// A region's corner (`x` 0 or 2, `y` 1 or 3 of its sides) moved, so that something is left of it.
export function resized(region, [x, y], step) {
  const sides = [...region];
  const least = 0.05;
  for (const [side, value] of [[x, step[0]], [y, step[1]]]) {
    const other = sides[(side + 2) % 4];
    const wanted = clamp(sides[side] + value);
    sides[side] = rounded(side < 2 ? Math.min(wanted, other - least) : Math.max(wanted, other + least));
  }
  return sides;
}
