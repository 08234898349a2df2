// Each line's names, lots and places, and what is to be said of it.

import { element } from '/editor-server.js';

const NONE = '';
const ENDS = [['a', 0, 'A from the left'], ['a', 1, 'A from the top'], ['b', 0, 'B from the left'], ['b', 1, 'B from the top']];

export class Cards {
  #drawing;
  #cards = new Map();
  #lots = [];
  #box = document.getElementById('cards');

  constructor(drawing) {
    this.#drawing = drawing;
  }

  begin(lots) {
    this.#lots = lots;
  }

  draw() {
    const { lines } = this.#drawing;
    for (const [line, card] of this.#cards) {
      if (lines.includes(line)) continue;
      card.field.remove();
      this.#cards.delete(line);
    }
    lines.forEach((line) => {
      if (!this.#cards.has(line)) this.#cards.set(line, this.#make(line));
      const { field, update } = this.#cards.get(line);
      update();
      field.classList.toggle('chosen', line === this.#drawing.chosen);
    });
  }

  // What was said of each line, by its index, and how many vehicles each would have counted, by its name.
  tells(remarks, counted) {
    this.#drawing.lines.forEach((line, index) => {
      const card = this.#cards.get(line);
      card?.remarks.replaceChildren(...remarkItems(remarks.filter((remark) => remark.line === index)));
      const sum = counted?.lines.find((sum) => sum.line === line.name);
      if (card) card.counted.textContent = sum ? `${sum.entries} entries, ${sum.exits} exits in the last ${minutes(counted.minutes)}` : '';
    });
  }

  focus(line) {
    this.#cards.get(line)?.name.select();
  }

  #make(line) {
    const parts = [];
    const labelled = (text, control, value) => {
      parts.push([control, value]);
      return element('label', {}, text, control);
    };
    const name = this.#text(line, 'name', { maxlength: 64, autocomplete: 'off', spellcheck: 'false' });
    const legend = element('legend');
    const swap = element('button', { type: 'button', class: 'second' }, 'Swap entry and exit');
    swap.addEventListener('click', () => this.#drawing.swap(line));
    const remove = element('button', { type: 'button', class: 'second' }, 'Delete');
    remove.addEventListener('click', () => {
      this.#drawing.remove(line);
      document.getElementById('undo').focus();
    });
    const lots = (key, none) => this.#choice(line, key, none);
    const places = ENDS.map(([end, axis, text]) => labelled(text, this.#number(line, end, axis), () => line[end][axis]));
    const more = element('details', {}, element('summary', {}, 'Other side, exact places'), element('div', { class: 'fields' },
      labelled('An entry comes from', lots('other_side', 'the street'), () => line.other_side ?? NONE), ...places));
    const [remarks, counted] = [element('ul', { class: 'remarks', 'aria-live': 'polite' }), element('p', { class: 'counted' })];
    const field = element('fieldset', {}, legend,
      element('div', { class: 'fields' }, labelled('Name', name, () => line.name), labelled('Entry into', lots('entry', 'no lot'), () => line.entry ?? NONE),
        labelled('Exit from', lots('exit', 'no lot'), () => line.exit ?? NONE)),
      more, element('div', { class: 'tools' }, swap, remove), counted, remarks);
    field.addEventListener('focusin', () => this.#drawing.choose(line));
    const update = () => {
      legend.textContent = `Line ${line.name}`;
      for (const [label, control] of [['Swap entry and exit of', swap], ['Delete', remove]]) control.setAttribute('aria-label', `${label} line ${line.name}`);
      for (const [control, value] of parts) if (control !== document.activeElement) control.value = value();
    };
    this.#box.append(field);
    return { field, update, remarks, counted, name };
  }

  #changes(control, line, set) {
    // One step for each visit of a field, whatever is typed.
    control.addEventListener('focus', () => { control.before = JSON.stringify(this.#drawing.body); });
    control.addEventListener('input', () => {
      if (control.before) this.#drawing.remember();
      control.before = null;
      set();
      this.#drawing.changed();
    });
    return control;
  }

  #text(line, key, attributes) {
    const control = element('input', { type: 'text', ...attributes });
    return this.#changes(control, line, () => { line[key] = control.value; });
  }

  #number(line, end, axis) {
    const control = element('input', { type: 'number', step: 0.001, min: 0, max: 1 });
    return this.#changes(control, line, () => {
      if (!Number.isFinite(control.valueAsNumber)) return;
      line[end] = line[end].with(axis, control.valueAsNumber);
    });
  }

  #choice(line, key, none) {
    const options = [element('option', { value: NONE }, none), ...this.#lots.map((lot) => element('option', { value: lot }, lot))];
    const control = element('select', {}, ...options);
    return this.#changes(control, line, () => { line[key] = control.value === NONE ? null : control.value; });
  }
}

export const minutes = (number) => (number < 1 ? `${Math.round(60 * number)} s` : `${number.toFixed(number < 3 ? 1 : 0)} minutes`);

export const remarkItems = (remarks) => remarks.map((remark) =>
  element('li', { class: remark.severity }, `${remark.severity === 'error' ? 'Error' : 'Warning'}: ${remark.message}`,
    remark.hint ? element('small', {}, remark.hint) : null));
