// What is drawn on the picture, and how it is moved. Everything is in pixels of the page, so that handles and letters keep their
// size on any screen. Colours, arrows and words are those of src/draw/overlay.rs.

import { moved, movedTogether, resized } from '/editor-lines.js';
import { drawn, set } from '/editor-server.js';

const REACH = 34;
const EDGE = 9;
const SHORTEST_DRAG = 12;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// Of a region's sides: left or right, top or bottom.
const CORNERS = [[[0, 1], 'upper left'], [[2, 1], 'upper right'], [[0, 3], 'lower left'], [[2, 3], 'lower right']];
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const inWords = ([x, y]) => `${percent(x)} from the left, ${percent(y)} from the top`;

export class Stage {
  // The camera's size, pixels.
  size = [640, 360];
  #svg = document.getElementById('drawing');
  #drawing;
  #shapes = new Map();
  #layers = { area: drawn('g', { class: 'area' }), tracks: drawn('g'), lines: drawn('g'), marks: drawn('g') };
  #looked = null;
  #marks = [];
  #wrong = new Set();
  #onDrawn = null;
  #region = null;

  constructor(drawing) {
    this.#drawing = drawing;
    this.#svg.append(this.#layers.area, this.#layers.tracks, this.#layers.lines, this.#layers.marks);
    new ResizeObserver(() => this.draw()).observe(this.#svg);
    this.#svg.addEventListener('pointerdown', (event) => this.#drawLine(event));
  }

  resize(width, height) {
    if (!width || !height) return;
    this.size = [width, height];
    document.getElementById('stage').style.aspectRatio = `${width} / ${height}`;
    this.draw();
  }

  get #scale() {
    return [this.#svg.clientWidth || 1, this.#svg.clientHeight || 1];
  }

  #on(place) {
    const scale = this.#scale;
    return [place[0] * scale[0], place[1] * scale[1]];
  }

  #share(event) {
    const box = this.#svg.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  // The next drag makes a line; `made` gets its ends.
  drawsLines(made) {
    this.#onDrawn = made;
    this.#svg.classList.toggle('draws', made != null);
  }

  // What would be looked at without a region of its own.
  looksAt(sides) {
    this.#looked = sides;
    this.draw();
  }

  // Crossings of the last trial, and the lines that are wrong.
  shows(marks, wrong) {
    this.#marks = marks;
    this.#wrong = wrong;
    this.draw();
  }

  draw() {
    const { lines } = this.#drawing;
    for (const [line, shape] of this.#shapes) {
      if (lines.includes(line)) continue;
      shape.group.remove();
      this.#shapes.delete(line);
    }
    for (const line of lines) {
      if (!this.#shapes.has(line)) this.#shapes.set(line, this.#makeLine(line));
      this.#drawShape(line, this.#shapes.get(line));
    }
    this.#drawArea();
    this.#drawMarks();
  }

  #makeLine(line) {
    const shape = { hit: drawn('line', { class: 'hit' }), shade: drawn('line', { class: 'shade' }), stroke: drawn('line', { class: 'stroke' }) };
    for (const name of ['entry', 'exit']) {
      shape[name] = drawn('path', { class: name });
      shape[`${name}Word`] = drawn('text', { class: name, 'text-anchor': 'middle' }, name.toUpperCase());
    }
    shape.a = drawn('text', { 'text-anchor': 'middle' }, 'A');
    shape.b = drawn('text', { 'text-anchor': 'middle' }, '');
    const group = drawn('g', { class: 'line' }, shape.hit, shape.shade, shape.stroke, shape.entry, shape.exit, shape.entryWord, shape.exitWord, shape.a, shape.b);
    const chosen = () => this.#drawing.choose(line);
    const end = (name) => () => {
      const from = line[name];
      return (step) => { line[name] = moved(from, step); };
    };
    const whole = () => {
      const from = [line.a, line.b];
      return (step) => { [line.a, line.b] = movedTogether(from, step); };
    };
    shape.handles = [
      [this.#handle('middle', chosen, whole), () => [(line.a[0] + line.b[0]) / 2, (line.a[1] + line.b[1]) / 2], 'Whole line'],
      [this.#handle('end', chosen, end('a')), () => line.a, 'End A of line'],
      [this.#handle('end', chosen, end('b')), () => line.b, 'End B of line'],
    ];
    group.append(...shape.handles.map(([handle]) => handle));
    this.#draggable(shape.hit, chosen, whole);
    this.#layers.lines.append(group);
    return { ...shape, group };
  }

  #drawShape(line, shape) {
    const [a, b] = [this.#on(line.a), this.#on(line.b)];
    const ends = { x1: a[0], y1: a[1], x2: b[0], y2: b[1] };
    for (const part of [shape.hit, shape.shade, shape.stroke]) set(part, ends);
    // With y growing down, (-dy, dx) points to the right hand of who looks from A to B: the way of an entry.
    const length = Math.max(1, Math.hypot(b[0] - a[0], b[1] - a[1]));
    const along = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
    const normal = [-along[1], along[0]];
    for (const [name, share, sign] of [['entry', 0.25, 1], ['exit', 0.75, -1]]) {
      const foot = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
      const ahead = (distance, aside = 0) => [0, 1].map((axis) => foot[axis] + sign * distance * normal[axis] + aside * along[axis]).join(' ');
      const d = `M${ahead(-0.3 * REACH)}L${ahead(REACH)}M${ahead(REACH)}L${ahead(REACH - 10, 5)}L${ahead(REACH - 10, -5)}Z`;
      set(shape[name], { d });
      const [x, y] = ahead(REACH + 6 + 22 * Math.abs(normal[0]) + 8 * Math.abs(normal[1])).split(' ').map(Number);
      set(shape[`${name}Word`], { x, y: y + 5 });
    }
    // Beyond the ends, but not off the picture.
    const [width, height] = this.#scale;
    shape.b.textContent = `B ${line.name}`;
    for (const [text, end, sign] of [[shape.a, a, -1], [shape.b, b, 1]]) {
      const half = text.getComputedTextLength() / 2;
      const away = 14 + half * Math.abs(along[0]) + 8 * Math.abs(along[1]);
      const x = Math.max(half + 4, Math.min(width - half - 4, end[0] + sign * away * along[0]));
      set(text, { x, y: Math.max(14, Math.min(height - 6, end[1] + sign * away * along[1] + 5)) });
    }
    for (const [handle, place, what] of shape.handles) this.#place(handle, place(), `${what} ${line.name}`);
    shape.group.classList.toggle('chosen', line === this.#drawing.chosen);
    shape.group.classList.toggle('wrong', this.#wrong.has(this.#drawing.lines.indexOf(line)));
  }

  // Something that is moved in two dimensions, by pointer and arrow keys. A slider tells screen readers where it is. `grab` takes
  // hold of it where it is, and gives what moves it from there.
  #handle(kind, chosen, grab) {
    const grip = kind === 'middle' ? drawn('rect', { class: 'grip', x: -5, y: -5, width: 10, height: 10, rx: 2 }) : drawn('circle', { class: 'grip', r: 7 });
    const handle = drawn('g', { class: `handle ${kind}`, tabindex: 0, role: 'slider', 'aria-roledescription': 'movable point', 'aria-valuemin': 0, 'aria-valuemax': 100 },
      drawn('circle', { class: 'hit', r: 16 }), grip);
    handle.addEventListener('focus', chosen);
    handle.addEventListener('keydown', (event) => {
      const way = KEYS[event.key];
      if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const pixels = event.shiftKey ? 10 : 1;
      this.#drawing.remember();
      grab()(way.map((sign, axis) => (sign * pixels) / this.size[axis]));
      this.#drawing.changed();
    });
    this.#draggable(handle, chosen, grab);
    return handle;
  }

  #place(handle, place, label) {
    // All of it, where what it moves is at the picture's edge.
    const [x, y] = this.#on(place).map((at, axis) => Math.max(EDGE, Math.min(this.#scale[axis] - EDGE, at)));
    set(handle, { transform: `translate(${x} ${y})`, 'aria-label': label, 'aria-valuenow': Math.round(100 * place[0]), 'aria-valuetext': inWords(place) });
  }

  #draggable(part, chosen, grab) {
    part.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#onDrawn) return;
      event.preventDefault();
      event.stopPropagation();
      if (part.hasAttribute('tabindex')) part.focus({ preventScroll: true });
      chosen();
      this.#drawing.remember();
      const [start, move] = [this.#share(event), grab()];
      this.#drag(event, (now) => {
        move(now.map((value, axis) => value - start[axis]));
        this.#drawing.changed(false);
      }, () => this.#drawing.changed());
    });
  }

  #drag(event, move, done) {
    const [part, pointer] = [event.currentTarget, event.pointerId];
    part.setPointerCapture(pointer);
    const moves = (event) => event.pointerId === pointer && move(this.#share(event));
    const ends = (event) => {
      if (event.pointerId !== pointer) return;
      for (const [name, handler] of [['pointermove', moves], ['pointerup', ends], ['pointercancel', ends]]) part.removeEventListener(name, handler);
      done(this.#share(event));
    };
    for (const [name, handler] of [['pointermove', moves], ['pointerup', ends], ['pointercancel', ends]]) part.addEventListener(name, handler);
  }

  #drawLine(event) {
    if (!this.#onDrawn || event.button !== 0) return;
    event.preventDefault();
    const a = moved(this.#share(event), [0, 0]);
    let b = a;
    const sketch = drawn('line', { class: 'stroke' });
    const group = drawn('g', { class: 'line chosen' }, sketch);
    this.#layers.lines.append(group);
    this.#drag(event, (now) => {
      b = moved(now, [0, 0]);
      const [from, to] = [this.#on(a), this.#on(b)];
      set(sketch, { x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
    }, () => {
      group.remove();
      const [from, to] = [this.#on(a), this.#on(b)];
      // A click is no line.
      if (Math.hypot(to[0] - from[0], to[1] - from[1]) >= SHORTEST_DRAG) this.#onDrawn?.(a, b);
    });
  }

  #drawArea() {
    const { region } = this.#drawing;
    if (region && !this.#region) this.#makeRegion();
    if (!region) this.#region = null;
    const sides = region ?? this.#looked;
    const isAll = !sides || (!region && sides.join() === '0,0,1,1');
    if (!this.#region) {
      this.#layers.area.replaceChildren(...(isAll ? [] : [drawn('rect', { class: 'looked' }), drawn('text', {}, 'looked at')]));
    }
    if (isAll) return;
    const [[left, top], [right, bottom]] = [this.#on(sides.slice(0, 2)), this.#on(sides.slice(2))];
    set(this.#layers.area.querySelector('rect'), { x: left, y: top, width: right - left, height: bottom - top });
    set(this.#layers.area.querySelector('text'), { x: left + 10, y: top + 18 });
    for (const [handle, place, label] of this.#region ?? []) this.#place(handle, place(), label);
  }

  #makeRegion() {
    const chosen = () => this.#drawing.choose(null);
    const grab = (change) => () => {
      const from = this.#drawing.region;
      return (step) => { this.#drawing.region = change(from, step); };
    };
    const whole = (from, step) => movedTogether([from.slice(0, 2), from.slice(2)], step).flat();
    this.#region = CORNERS.map(([corner, name]) => [
      this.#handle('end', chosen, grab((from, step) => resized(from, corner, step))),
      () => corner.map((side) => this.#drawing.region[side]), `Region, ${name} corner`]);
    this.#region.push([this.#handle('middle', chosen, grab(whole)),
      () => [(this.#drawing.region[0] + this.#drawing.region[2]) / 2, this.#drawing.region[1]], 'Whole region']);
    this.#layers.area.replaceChildren(drawn('rect', { class: 'edge' }), drawn('text', {}, 'region'), ...this.#region.map(([handle]) => handle));
  }

  #drawMarks() {
    const marks = this.#marks.map(({ line, place, direction }) => {
      const known = this.#drawing.lines.find(({ name }) => name === line);
      if (!known) return null;
      const [a, b] = [this.#on(known.a), this.#on(known.b)];
      return drawn('circle', { class: `mark ${direction}`, cx: a[0] + place * (b[0] - a[0]), cy: a[1] + place * (b[1] - a[1]), r: 4 });
    });
    this.#layers.marks.replaceChildren(...marks.filter(Boolean));
  }

  // Boxes with the ways that their anchors went.
  drawTracks(tracks) {
    this.#layers.tracks.replaceChildren(...tracks.map((track) => {
      const [[left, top], [right, bottom]] = [this.#on(track.box.slice(0, 2)), this.#on(track.box.slice(2))];
      const path = track.path.map((place) => this.#on(place));
      const last = path.at(-1);
      return drawn('g', { class: `track colour-${track.id % 6}` },
        drawn('rect', { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }),
        drawn('path', { d: path.map((place, index) => `${index ? 'L' : 'M'}${place.join(' ')}`).join('') }),
        drawn('circle', { cx: last[0], cy: last[1], r: 4 }),
        drawn('text', { x: left, y: top - 4 }, track.class === 'vehicle' ? track.id : `${track.id} ${track.class}`));
    }));
  }
}
