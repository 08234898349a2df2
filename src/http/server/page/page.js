// The page asks for documents, and again when an event says that something changed. It goes on by itself when the server
// comes back. The token, where one is needed, stays in this tab.

import { cameraCards } from '/cameras.js';

const REFRESH_MS = 15_000;
const RETRY_MS = 2_000;
const CROSSINGS = 12;
const at = (id) => document.getElementById(id);
const clock = (text) => text.slice(11, 16);

class Locked extends Error {}

class Refused extends Error {
  constructor(path, status, sentence) {
    super(`${path}: ${status}`);
    this.sentence = sentence;
  }
}

// What is known already (304) is an answer, too.
async function ask(path, more = {}) {
  const token = sessionStorage.getItem('token');
  const headers = token ? { ...more, Authorization: `Bearer ${token}` } : more;
  const answer = await fetch(path, { headers });
  if (answer.status === 401) throw new Locked();
  if (!answer.ok && answer.status !== 304) throw new Refused(path, answer.status, (await answer.json().catch(() => ({}))).detail);
  return answer;
}

const json = async (path) => (await ask(path)).json();

// An element with attributes and children; whatever is text stays text.
function element(name, attributes = {}, ...children) {
  const isSvg = ['svg', 'path', 'rect', 'line', 'text', 'title'].includes(name);
  const made = isSvg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value != null) made.setAttribute(key, value);
  made.append(...children.filter((child) => child != null));
  return made;
}

const count = (value) => (value == null ? 'blind' : String(value));

function compared(today, usual) {
  if (usual == null) return null;
  return element('small', {}, `usually ${Math.round(usual)} by now`);
}

function lotCard(lot, known, report, usual) {
  const title = `lot-${lot.lot}`;
  const steps = report.steps.lots.filter((step) => step.lot === lot.lot);
  const of = report.lots.find((row) => row.lot === lot.lot);
  const card = element('article', { 'aria-labelledby': title });
  card.append(element('h2', { id: title }, lot.lot, lot.flag ? element('span', { class: 'warning' }, lot.flag) : null));
  const number = element('p');
  number.append(element('span', { class: 'number' }, String(lot.inside)));
  number.append(element('span', { class: 'of' }, lot.capacity == null ? 'inside' : `of ${lot.capacity}, ${lot.available} free`));
  card.append(number);
  if (lot.capacity != null) {
    const high = Math.round(0.9 * lot.capacity);
    const inside = Math.max(0, Math.min(lot.inside, lot.capacity));
    card.append(element('meter', { min: 0, max: lot.capacity, high, optimum: 0, value: inside, 'aria-label': `${lot.inside} of ${lot.capacity} spaces taken` }));
  }
  const band = known && known.band_low != null ? `${known.band_low} to ${known.band_high} with 95 % certainty` : 'the true number was never told';
  card.append(element('p', { class: 'quiet' }, band));
  card.append(element('dl', {},
    element('dt', {}, 'Entries today'), element('dt', {}, 'Exits today'),
    element('dd', {}, count(of?.entries), compared(of?.entries, usual?.entries)),
    element('dd', {}, count(of?.exits), compared(of?.exits, usual?.exits))));
  card.append(chart(lot, steps, report));
  return card;
}

const WIDTH = 480, HEIGHT = 150, LEFT = 30, BOTTOM = 18;

// The day's curve: gaps of any camera shaded, capacity dashed.
function chart(lot, steps, report) {
  const start = Date.parse(report.start), length = Date.parse(report.end) - start;
  const now = Date.now();
  const x = (time) => LEFT + (WIDTH - LEFT) * Math.max(0, Math.min(1, (time - start) / length));
  const known = steps.filter((step) => step.closing != null && Date.parse(step.start) < now);
  const ends = known.filter((step) => Date.parse(step.end) <= now).map((step) => [Date.parse(step.end), step.closing]);
  const points = known.length ? [[Date.parse(known[0].start), known[0].opening], ...ends, [now, lot.inside]] : [];
  const numbers = [...points.map((point) => point[1]), lot.inside, 0];
  const top = Math.max(...numbers, lot.capacity != null && Math.max(...numbers) > lot.capacity / 2 ? lot.capacity : 4) || 1;
  const bottom = Math.min(...numbers);
  const y = (value) => 6 + (HEIGHT - BOTTOM - 6) * (1 - (value - bottom) / (top - bottom || 1));
  const svg = element('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Vehicles in ${lot.lot} today: ${lot.inside} now, at most ${Math.max(...numbers)}` });
  for (const gap of report.gaps) {
    const [from, until] = [x(Date.parse(gap.from)), x(Date.parse(gap.until))];
    const shade = element('rect', { class: 'gap', x: from, y: 0, width: Math.max(1, until - from), height: HEIGHT - BOTTOM });
    shade.append(element('title', {}, `${gap.camera} was not observed: ${gap.reason}`));
    svg.append(shade);
  }
  for (const hour of [0, 6, 12, 18, 24]) {
    const place = x(start + (length * hour) / 24);
    svg.append(element('line', { class: 'grid', x1: place, x2: place, y1: 0, y2: HEIGHT - BOTTOM }));
    svg.append(element('text', { x: place, y: HEIGHT - 4, 'text-anchor': hour === 24 ? 'end' : hour ? 'middle' : 'start' }, `${hour}:00`));
  }
  for (const value of new Set([bottom, top])) {
    svg.append(element('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, String(value)));
  }
  if (lot.capacity != null && lot.capacity <= top) svg.append(element('line', { class: 'full', x1: LEFT, x2: WIDTH, y1: y(lot.capacity), y2: y(lot.capacity) }));
  if (points.length) {
    const path = points.map(([time, value], index) => `${index ? 'L' : 'M'}${x(time).toFixed(1)} ${y(value).toFixed(1)}`).join('');
    svg.append(element('path', { class: 'curve', d: path }));
  }
  return svg;
}

const showCameras = cameraCards(at('cameras'), element, ask);

function crossingItem(row) {
  const arrow = row.direction === 'entry' ? '→ entry' : '← exit';
  return element('li', {}, element('time', { datetime: row.at }, row.at.slice(11, 19)), element('span', {}, `${arrow} over ${row.line}`),
    element('span', { class: 'quiet' }, row.camera));
}

function alertItem(alert) {
  const of = alert.lot ?? [alert.camera, alert.line].filter(Boolean).join('/');
  return element('li', {}, element('strong', { class: alert.level }, `${alert.kind} ${of}`), ` since ${clock(alert.began)}: ${alert.detail}`);
}

async function refresh() {
  const [totals, occupancy, status, today, crossings] =
    await Promise.all(['/totals', '/occupancy', '/status', '/today', `/crossings?limit=${CROSSINGS}`].map(json));
  document.title = `${totals.lots.map((lot) => `${lot.lot} ${lot.inside}`).join(', ')} – ${totals.site}`;
  at('site').textContent = totals.site;
  at('state').textContent = `${status.state} · ${clock(status.at)} · run ${status.run}`;
  at('state').className = status.state === 'counting' ? '' : 'warning';
  at('lots').replaceChildren(...totals.lots.map((lot) => lotCard(lot, occupancy.lots.find((known) => known.lot === lot.lot), today.report,
    today.usual.find((usual) => usual.lot === lot.lot))));
  showCameras(status.cameras);
  at('crossings').replaceChildren(...crossings.crossings.toReversed().map(crossingItem));
  at('alerts').hidden = totals.alerts.length === 0;
  at('alert-list').replaceChildren(...totals.alerts.map(alertItem));
  at('key').hidden = true;
  at('main').hidden = false;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Calls `changed` whenever something is told, until the server goes.
async function listen(changed) {
  const reader = (await ask('/events')).body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (value.includes('data:')) changed();
  }
}

function lock(message) {
  at('main').hidden = true;
  at('key').hidden = false;
  at('state').textContent = 'The site is shown to whoever has its token.';
  at('refused').textContent = message;
  at('token').focus();
}

async function follow() {
  let due = true;
  const changed = () => { due = true; };
  let listening = false;
  let shown = 0;
  for (;;) {
    try {
      if (!listening) {
        listening = true;
        listen(changed).catch(() => {}).finally(() => setTimeout(() => { listening = false; due = true; }, RETRY_MS));
      }
      if (due || Date.now() - shown > REFRESH_MS) {
        due = false;
        await refresh();
        shown = Date.now();
      }
      await pause(1_000);
    } catch (error) {
      if (error instanceof Locked) {
        const had = sessionStorage.getItem('token');
        sessionStorage.removeItem('token');
        lock(had ? 'That is not the token.' : '');
        return;
      }
      at('state').textContent = `No answer since ${new Date().toLocaleTimeString()}; trying again.`;
      at('state').className = 'failed';
      due = true;
      await pause(RETRY_MS);
    }
  }
}

at('key').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('token', at('token').value);
  follow();
});
follow();
