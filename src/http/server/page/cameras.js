// What each camera does and sees. A still now and then; on request the picture follows, one question after another: a slow
// connection gets fewer pictures, never old ones. Nothing is asked for while nobody sees the page.

const STILL_MS = 60_000;
const LIVE_MS = 120;
const RETRY_MS = 5_000;
const KEPT = 'live';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Cameras that were live when this browser showed the page last: a wall goes on by itself.
function kept() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEPT)));
  } catch {
    return new Set();
  }
}

// `element` makes one; `ask(path, headers)` asks the server and throws what has a `sentence`.
export function cameraCards(list, element, ask) {
  const cards = new Map();
  const live = kept();

  function card(name) {
    const text = { title: element('h3', {}, name), state: element('p', { class: 'seen' }), none: element('p', { class: 'none' }, 'No picture yet') };
    const button = element('button', { type: 'button' });
    const lines = element('a', { href: `/cameras/${encodeURIComponent(name)}/lines`, 'aria-label': `Counting lines of ${name}` }, 'Lines');
    // Its name is beside it; what it shows is told by the numbers of the page.
    const image = element('img', { alt: `What ${name} sees, with its lines and the vehicles that are followed`, hidden: '' });
    const article = element('article', { 'aria-label': name }, element('div', { class: 'picture' }, image, text.none),
      element('div', { class: 'about' }, text.title, lines, button), text.state);
    const made = { name, article, button, image, ...text, woken: () => {}, gone: false, tag: null };
    label(made);
    button.addEventListener('click', () => {
      if (!live.delete(name)) live.add(name);
      localStorage.setItem(KEPT, JSON.stringify([...live]));
      label(made);
      made.woken();
    });
    follow(made);
    return made;
  }

  function label({ name, button, article }) {
    button.textContent = live.has(name) ? 'Stop' : 'Live';
    button.setAttribute('aria-label', live.has(name) ? `Stop the live picture of ${name}` : `Show ${name} live`);
    article.classList.toggle('live', live.has(name));
  }

  async function follow(card) {
    while (!card.gone) {
      let wait = RETRY_MS;
      try {
        if (!document.hidden) await show(card);
        wait = live.has(card.name) ? LIVE_MS : STILL_MS;
      } catch (error) {
        card.none.textContent = error.sentence ?? 'No answer; trying again';
        card.none.hidden = false;
        card.article.classList.add('old');
      }
      // Who presses the button, or comes back to the page, waits for nothing.
      await Promise.race([pause(wait), new Promise((woken) => { card.woken = woken; })]);
    }
    if (card.image.src) URL.revokeObjectURL(card.image.src);
  }

  async function show(card) {
    const answer = await ask(`/cameras/${encodeURIComponent(card.name)}/snapshot.jpg`, card.tag ? { 'If-None-Match': card.tag } : {});
    if (answer.status !== 304) {
      const address = URL.createObjectURL(await answer.blob());
      const before = card.image.src;
      card.image.src = address;
      await card.image.decode();
      if (before) URL.revokeObjectURL(before);
      card.tag = answer.headers.get('ETag');
    }
    card.image.hidden = false;
    card.none.hidden = true;
    card.article.classList.remove('old');
  }

  function describe(card, camera) {
    const percent = camera.coverage_hour == null ? 'unknown' : `${Math.floor(100 * camera.coverage_hour)} %`;
    const looks = camera.looks_per_second == null ? '' : `${camera.looks_per_second.toFixed(1)} looks/s · `;
    const state = element('span', { class: camera.state }, camera.state);
    const detail = camera.detail ? element('span', {}, `: ${camera.detail}`) : null;
    card.state.replaceChildren(state, ...(detail ? [detail] : []), element('span', { class: 'quiet' }, ` · ${looks}observed, last hour: ${percent}`));
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) for (const card of cards.values()) card.woken();
  });

  // Shows these cameras; those that stay keep their pictures.
  return (cameras) => {
    for (const [name, card] of cards) {
      if (cameras.some((camera) => camera.name === name)) continue;
      card.gone = true;
      card.woken();
      card.article.remove();
      cards.delete(name);
    }
    for (const camera of cameras) {
      if (!cards.has(camera.name)) {
        cards.set(camera.name, card(camera.name));
        list.append(cards.get(camera.name).article);
      }
      describe(cards.get(camera.name), camera);
    }
  };
}
