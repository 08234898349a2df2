// The line editor: what is drawn is tried by the server on what the camera saw in the last minutes, and comes back as TOML.
// Nothing is changed from here.

import { Cards, minutes, remarkItems } from '/editor-cards.js';
import { Drawing } from '/editor-lines.js';
import { Locked, Refused, ask, element, json, pause, post } from '/editor-server.js';
import { Stage } from '/editor-stage.js';

const TRIAL_AFTER_MS = 400;
const TRIAL_AGAIN_MS = 15_000;
const TURN_MS = 1_000;
const LIVE_MS = 200;
const STILL_MS = 1_000;
const RETRY_MS = 2_000;
const at = (id) => document.getElementById(id);
const own = location.pathname.replace(/\/lines$/, '');

const drawing = new Drawing();
const stage = new Stage(drawing);
const cards = new Cards(drawing);
let known = null;
let due = 0;
let drawn = 0;

drawing.follow((isDone) => {
  stage.draw();
  cards.draw();
  at('undo').disabled = !drawing.canUndo;
  at('reset').disabled = !drawing.isChanged;
  at('region').textContent = drawing.region ? 'Remove the region' : 'Set the region';
  // A file of lines cannot take a configured region away; it can be made as large as the picture.
  at('region').hidden = Boolean(known?.region);
  if (!isDone) return;
  drawn += 1;
  due = Date.now() + TRIAL_AFTER_MS;
});

function say(text, kind = '') {
  at('state').textContent = text;
  at('state').className = kind;
}

// The trial.

function showTrial(answer) {
  const { remarks, counted } = answer;
  const errors = remarks.filter((remark) => remark.severity === 'error');
  stage.shows(counted && at('marks').checked ? counted.crossings : [], new Set(errors.map((remark) => remark.line)));
  stage.looksAt(counted?.would_look_at ?? known.picture?.region ?? null);
  cards.tells(remarks, counted);
  at('general').replaceChildren(...remarkItems(remarks.filter((remark) => remark.line == null)));
  showCounted(counted, errors);
  if (!answer.changes) drawing.settle();
  at('reset').disabled = !drawing.isChanged;
  at('ready').hidden = !answer.toml;
  at('unchanged').textContent = errors.length ? 'There is nothing to take over while something is wrong.' : answer.changes ? '' : 'These are the lines as they are configured.';
  if (!answer.toml) return;
  at('toml').textContent = answer.toml;
  at('command').textContent = `${answer.command} lines.toml\nsystemctl reload lotcount`;
  URL.revokeObjectURL(at('download').href);
  at('download').href = URL.createObjectURL(new Blob([answer.toml], { type: 'application/toml' }));
}

function showCounted(counted, errors) {
  at('sums').hidden = !counted;
  at('notes').replaceChildren(...(counted?.notes ?? []).map((note) => element('li', {}, note)));
  for (const [id, rows] of [['crossed', counted?.crossings], ['rejected', counted?.rejected]]) {
    at(id).hidden = !rows?.length;
    at(id).querySelector('ol').replaceChildren(...(rows ?? []).toReversed().map(crossingItem));
  }
  if (!counted) {
    at('seen').textContent = errors.length ? 'Nothing can be counted while something is wrong.' : 'The camera has not seen anything yet.';
    return;
  }
  at('seen').textContent = `From what the camera saw in the last ${minutes(counted.minutes)}, until ${counted.until.slice(11, 19)}: ${counted.looks} looks.`;
  at('sums').tBodies[0].replaceChildren(...counted.lines.map((sum) => {
    const before = counted.configured.find((other) => other.line === sum.line);
    return element('tr', {}, element('th', { scope: 'row' }, sum.line), element('td', {}, String(sum.entries)), element('td', {}, String(sum.exits)),
      element('td', { class: 'quiet' }, before ? `${before.entries} / ${before.exits}` : 'new'));
  }));
}

function crossingItem(row) {
  const arrow = row.direction === 'entry' ? '→ entry' : '← exit';
  return element('li', {}, element('time', { datetime: row.at }, row.at.slice(11, 19)), element('span', {}, `${arrow} over ${row.line}`),
    element('span', { class: 'quiet' }, row.detail ?? row.class));
}

async function tryLines() {
  for (;;) {
    await pause(100);
    if (Date.now() < due || document.hidden) continue;
    const of = drawn;
    due = Date.now() + TRIAL_AGAIN_MS;
    try {
      const answer = await post(`${own}/trial`, drawing.body);
      // What was changed meanwhile is tried next.
      if (of === drawn) showTrial(answer);
      say('');
    } catch (error) {
      if (error instanceof Locked) return lock();
      // Somebody else has the turn.
      due = Math.min(due, Date.now() + TURN_MS);
      if (error instanceof Refused && error.status !== 503) say(error.message, 'failed');
      else if (!(error instanceof Refused)) say(`No answer since ${new Date().toLocaleTimeString()}; trying again.`, 'failed');
    }
  }
}

// The picture and what is followed on it.

let noPicture = 0;

// The newest picture as an address; null: the one that is shown stays. Where there is none, it is asked for less often.
async function newPicture() {
  const isKept = at('still').checked && !at('picture').hidden;
  if (isKept || Date.now() < noPicture + RETRY_MS) return null;
  try {
    return URL.createObjectURL(await (await ask(`${own}/snapshot.jpg?plain`)).blob());
  } catch (error) {
    if (error instanceof Locked) throw error;
    noPicture = Date.now();
    return '';
  }
}

async function showPicture(address) {
  const picture = at('picture');
  const before = picture.src;
  if (address) {
    picture.src = address;
    await picture.decode().catch(() => {});
    if (before) URL.revokeObjectURL(before);
  }
  picture.hidden = !address;
  at('nothing').hidden = Boolean(address);
  if (address && !known.picture) stage.resize(picture.naturalWidth, picture.naturalHeight);
}

// Asked for together, so that the boxes are those of the picture.
async function follow() {
  for (;;) {
    const isLive = at('tracks').checked;
    await pause(isLive ? LIVE_MS : STILL_MS);
    if (document.hidden) continue;
    try {
      const [address, followed] = await Promise.all([newPicture(), isLive ? json(`${own}/tracks`) : null]);
      if (address != null) await showPicture(address);
      if (followed?.picture) stage.resize(followed.picture.width, followed.picture.height);
      stage.drawTracks(followed?.tracks ?? []);
    } catch (error) {
      if (error instanceof Locked) return;
      stage.drawTracks([]);
      await pause(RETRY_MS);
    }
  }
}

// Buttons.

function drawMode(isOn) {
  at('draw').setAttribute('aria-pressed', String(isOn));
  at('draw').textContent = isOn ? 'Now drag on the picture' : 'Draw a line';
  stage.drawsLines(isOn ? addLine : null);
}

function addLine(a, b) {
  drawMode(false);
  cards.focus(drawing.add(a, b, known.lots));
}

at('draw').addEventListener('click', () => drawMode(at('draw').getAttribute('aria-pressed') !== 'true'));
at('add').addEventListener('click', () => {
  const y = drawing.freeHeight();
  addLine([0.35, y], [0.65, y]);
});
at('undo').addEventListener('click', () => drawing.undo());
at('reset').addEventListener('click', () => drawing.startOver());
at('region').addEventListener('click', () => {
  drawing.remember();
  drawing.region = drawing.region ? null : drawing.roundLines();
  drawing.changed();
});
at('marks').addEventListener('change', () => { due = 0; });
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') drawMode(false);
  if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.target.matches('input, textarea')) return;
  event.preventDefault();
  drawing.undo();
});
at('copy').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(at('toml').textContent);
    at('copied').textContent = 'Copied.';
  } catch {
    // Only where the browser trusts the address: otherwise the person presses the keys.
    getSelection().selectAllChildren(at('toml'));
    at('copied').textContent = document.execCommand('copy') ? 'Copied.' : 'It is marked: press Ctrl+C.';
  }
});

// The beginning.

function lock() {
  const had = sessionStorage.getItem('token');
  sessionStorage.removeItem('token');
  at('main').hidden = true;
  at('key').hidden = false;
  say('The lines are shown to whoever has the token.');
  at('refused').textContent = had ? 'That is not the token.' : '';
  at('token').focus();
}

async function begin() {
  for (;;) {
    try {
      known = await json(`${own}/lines.json`);
      break;
    } catch (error) {
      if (error instanceof Locked) return lock();
      say(error instanceof Refused ? error.message : 'No answer; trying again.', 'failed');
      await pause(RETRY_MS);
    }
  }
  document.title = `Counting lines of ${known.camera} – ${known.site}`;
  at('title').textContent = `Counting lines of ${known.camera}`;
  at('anchor').textContent = `A vehicle is where the ${known.anchor === 'centre' ? 'centre' : 'middle of the lower edge'} of its box is.`;
  at('key').hidden = true;
  at('main').hidden = false;
  say('');
  stage.resize(known.picture?.width, known.picture?.height);
  cards.begin(known.lots);
  drawing.begin(known);
  tryLines();
  follow();
}

at('key').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('token', at('token').value);
  begin();
});
begin();
