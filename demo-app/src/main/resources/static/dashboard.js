'use strict';

// Windows of 100 ms. They come from the load client if there is one (/api/stats), which also remembers those from before
// this page was opened, else from this page's own requests.
const WINDOW = 100;
const SECONDS = 90;
const MAX_IN_FLIGHT = 32;
const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#d4a90f', '#9d755d'];

let windows = [];
let latest = { p50: null, p99: null };
let own = [];
let ownTotal = 0;
let ownFailed = 0;
let inFlight = 0;
let credit = 0;

function colour(generation) {
  return COLOURS[((generation % COLOURS.length) + COLOURS.length) % COLOURS.length];
}

function element(id) {
  return document.getElementById(id);
}

function make(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function percentile(sorted, fraction) {
  return sorted.length ? sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] : null;
}

function generationsOf(sample) {
  return Object.keys(sample.generations).map(Number).sort((a, b) => a - b);
}

// ---- This page's own requests.

function ownWindow() {
  const time = Math.floor(Date.now() / WINDOW) * WINDOW;
  let last = own[own.length - 1];
  if (!last || last.time !== time) {
    last = { time, generations: {}, failed: 0, latencies: [] };
    own.push(last);
  }
  return last;
}

async function request() {
  const begin = performance.now();
  inFlight++;
  try {
    const response = await fetch('api/whoami', { cache: 'no-store', signal: AbortSignal.timeout(20000) });
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    const who = await response.json();
    const window = ownWindow();
    window.generations[who.generation] = (window.generations[who.generation] || 0) + 1;
    window.latencies.push(performance.now() - begin);
  } catch (error) {
    ownWindow().failed++;
    ownFailed++;
  }
  ownTotal++;
  inFlight--;
}

function ownSummary(window) {
  const sorted = window.latencies.slice().sort((a, b) => a - b);
  return { time: window.time, generations: window.generations, failed: window.failed, p50: percentile(sorted, 0.5),
    max: percentile(sorted, 1) };
}

// ---- The processes. Each tells how it is on the event streams that it has accepted, until its drain ends them. One that
// has released accepts nothing any more, so another stream is opened then, which its successor accepts.

const streams = new Set();

function isServing(status) {
  return status.state === 'SERVING' || status.state === 'OFFERING';
}

function watch() {
  const stream = { source: new EventSource('api/events'), status: null };
  streams.add(stream);
  stream.source.addEventListener('tick', event => {
    const status = JSON.parse(event.data);
    const first = stream.status === null;
    const known = [...streams].some(other => other !== stream && other.status && other.status.instance === status.instance);
    const releasedNow = !isServing(status) && !first && isServing(stream.status);
    stream.status = status;
    if (first && known) {
      // On an idle connection that the browser had kept: it is gone with this.
      forget(stream);
    } else if (releasedNow) {
      useIdleConnections();
    }
    watchWhoServes();
    showProcesses();
  });
  stream.source.addEventListener('error', () => {
    forget(stream);
    showProcesses();
    setTimeout(watchWhoServes, 300);
  });
}

function forget(stream) {
  stream.source.close();
  streams.delete(stream);
}

function watchWhoServes() {
  if (![...streams].some(stream => stream.status === null || isServing(stream.status))) {
    watch();
  }
}

// What a browser keeps idle the server waits for, until its drain times out. A request on each is answered with
// "Connection: close".
function useIdleConnections() {
  for (let i = 0; i < 6; i++) {
    request();
  }
}

function showProcesses() {
  const statuses = [...streams].map(stream => stream.status).filter(status => status !== null)
    .sort((a, b) => a.generation - b.generation);
  const cards = statuses.map(status => card(status.generation, status.instance, status.pid, status.state,
    isServing(status) ? `${status.connections} connections` : `${status.connections} connections left`, !isServing(status)));
  statuses.map(status => ({ of: status, next: status.successor }))
    .filter(({ next }) => next && !statuses.some(status => status.instance === next.instanceId))
    .forEach(({ of, next }) => cards.push(card(of.generation + 1, next.instanceId, next.pid, next.phase, 'not yet serving', true)));
  element('processes').replaceChildren(...cards);
}

function card(generation, instance, pid, state, count, away) {
  const made = make('div', '', away ? 'process away' : 'process');
  made.dataset.generation = generation;
  made.dataset.state = state;
  made.title = instance;
  made.style.borderLeftColor = colour(generation);
  made.append(make('b', `generation ${generation}`), make('b', state, 'count'), make('small', `process ${pid}`),
    make('small', count, 'count'));
  return made;
}

// ---- The button.

function serving() {
  return [...streams].map(stream => stream.status).find(status => status && isServing(status));
}

async function restart() {
  const status = serving();
  if (!status) {
    say('No process is known to serve');
    return;
  }
  const origin = status.managementPort ? `${location.protocol}//127.0.0.1:${status.managementPort}` : location.origin;
  element('restart').disabled = true;
  say('A successor starts …');
  try {
    const response = await fetch(`${origin}/actuator/handoff?wait=60s`,
      { method: 'POST', headers: { 'Content-Type': 'application/json' } });
    const launch = await response.json();
    if (response.status === 200) {
      say(`Process ${launch.pid} has taken over`);
    } else if (response.status === 202) {
      say('The successor takes its time');
    } else if (response.status === 409) {
      say('Another handoff is under way');
    } else {
      say(`Failed: ${launch.reason || response.status}`);
    }
  } catch (error) {
    say(`${origin} cannot be reached from this browser: it is for the server's own host`);
  }
  element('restart').disabled = false;
}

function say(text) {
  element('result').textContent = text;
}

// ---- The numbers.

async function stats() {
  try {
    const response = await fetch('api/stats', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    if (response.status === 200) {
      const feed = await response.json();
      const last = feed.windows[feed.windows.length - 1];
      return last && last[0] > Date.now() - 5000 ? feed : null;
    }
  } catch (error) {
    // The next second tells.
  }
  return null;
}

async function second() {
  const now = Date.now();
  own = own.filter(window => window.time > now - SECONDS * 1000);
  const feed = await stats();
  if (feed) {
    windows = feed.windows.map(([time, generations, failed, p50, max]) => ({ time, generations, failed, p50, max }));
    latest = feed;
    showTotals(feed.total, feed.failed);
  } else {
    windows = own.filter(window => window.time <= now - WINDOW).map(ownSummary);
    const sorted = own.filter(window => window.time > now - 1000).flatMap(window => window.latencies).sort((a, b) => a - b);
    latest = { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
    showTotals(ownTotal, ownFailed);
  }
  element('source').textContent = feed ? 'Charts: the load client' : 'Charts: this page';
  element('own').textContent = `${ownTotal.toLocaleString('en')} sent by this page, ${ownFailed} failed`;
  element('own').dataset.failed = ownFailed;
  render();
}

function showTotals(total, failed) {
  show('total', total, 0);
  show('errors', failed, 0);
  element('errors-tile').className = failed > 0 ? 'bad' : 'good';
}

function show(id, value, digits) {
  element(id).textContent = value === null || value === undefined ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

// Whole seconds only: the first and the last one of the windows may be cut off.
function wholeSeconds() {
  const seconds = new Map();
  windows.forEach(window => {
    const time = Math.floor(window.time / 1000) * 1000;
    const sum = seconds.get(time) || { time, generations: {}, failed: 0 };
    generationsOf(window).forEach(generation => {
      sum.generations[generation] = (sum.generations[generation] || 0) + window.generations[generation];
    });
    sum.failed += window.failed;
    seconds.set(time, sum);
  });
  return [...seconds.values()].slice(1, -1);
}

// A handoff, as a client sees it: from the first answer of a generation to the last one of an older one.
function handoffs() {
  const found = [];
  let newest = null;
  windows.forEach(window => generationsOf(window).forEach(generation => {
    if (newest !== null && generation > newest) {
      found.push({ time: window.time, until: window.time, from: newest, to: generation });
    }
    newest = newest === null ? generation : Math.max(newest, generation);
  }));
  found.forEach(handoff => {
    const both = windows.filter(window => window.time >= handoff.time && generationsOf(window)[0] < handoff.to);
    handoff.until = both.length ? both[both.length - 1].time + WINDOW : handoff.time;
    const meanwhile = windows.filter(window => window.time >= handoff.time - 1000 && window.time <= handoff.until + 1000);
    handoff.failed = meanwhile.reduce((sum, window) => sum + window.failed, 0);
    handoff.longest = Math.max(...meanwhile.map(window => window.max || 0));
  });
  return found;
}

function render() {
  const seconds = wholeSeconds();
  const seen = handoffs();
  const last = seconds[seconds.length - 1];
  if (last) {
    const newest = generationsOf(last).pop();
    show('generation', newest, 0);
    show('rate', Object.values(last.generations).reduce((sum, count) => sum + count, 0), 0);
    element('generation-tile').style.borderLeftColor = newest === undefined ? '' : colour(newest);
  }
  show('p50', latest.p50, 1);
  show('p99', latest.p99, 1);
  drawRates(seconds, seen);
  drawLatencies(seen);
  listHandoffs(seen);
}

function plot(id, highest, seen) {
  const canvas = element(id);
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  pen.font = '11px system-ui, sans-serif';
  const style = getComputedStyle(document.documentElement);
  const area = { left: 46, right: width - 8, top: 16, bottom: height - 20, ceiling: niceCeiling(highest) };
  const end = windows.length ? windows[windows.length - 1].time + WINDOW : Date.now();
  area.second = (area.right - area.left) / SECONDS;
  area.begin = end - SECONDS * 1000;
  area.x = time => Math.max(area.left, area.right - (end - time) / 1000 * area.second);
  area.y = value => area.bottom - (area.bottom - area.top) * value / area.ceiling;
  pen.fillStyle = style.getPropertyValue('--both');
  seen.forEach(handoff => {
    pen.fillRect(area.x(handoff.time), area.top, area.x(handoff.until) - area.x(handoff.time), area.bottom - area.top);
  });
  pen.strokeStyle = style.getPropertyValue('--line');
  pen.fillStyle = style.getPropertyValue('--soft');
  for (let i = 0; i <= 4; i++) {
    const value = area.ceiling * i / 4;
    pen.beginPath();
    pen.moveTo(area.left, area.y(value));
    pen.lineTo(area.right, area.y(value));
    pen.stroke();
    pen.textAlign = 'right';
    pen.fillText(value.toLocaleString('en'), area.left - 6, area.y(value) + 4);
  }
  pen.textAlign = 'left';
  pen.fillText(`${SECONDS} s ago`, area.left, height - 5);
  pen.textAlign = 'right';
  pen.fillText('now', area.right, height - 5);
  return { pen, style, area };
}

function mark(pen, style, area, seen) {
  seen.filter(handoff => handoff.time > area.begin).forEach(handoff => {
    pen.fillStyle = colour(handoff.to);
    pen.fillRect(area.x(handoff.time) - 1, area.top - 4, 2, area.bottom - area.top + 4);
    pen.fillStyle = style.getPropertyValue('--ink');
    pen.textAlign = 'left';
    pen.fillText(`${handoff.from} → ${handoff.to}`, area.x(handoff.time) + 4, area.top - 5);
  });
}

function drawRates(seconds, seen) {
  const rate = second => Object.values(second.generations).reduce((sum, count) => sum + count, 0);
  const { pen, style, area } = plot('rates', Math.max(10, ...seconds.map(rate)), seen);
  const shown = new Set();
  seconds.filter(second => second.time >= area.begin).forEach(second => {
    let below = 0;
    generationsOf(second).forEach(generation => {
      const count = second.generations[generation];
      pen.fillStyle = colour(generation);
      pen.fillRect(area.x(second.time), area.y(below + count), Math.max(1, area.second - 1), area.y(below) - area.y(below + count));
      below += count;
      shown.add(generation);
    });
    if (second.failed > 0) {
      pen.fillStyle = style.getPropertyValue('--bad');
      pen.fillRect(area.x(second.time), area.top, Math.max(2, area.second - 1), 8);
    }
  });
  mark(pen, style, area, seen);
  element('legend').replaceChildren(...[...shown].sort((a, b) => a - b).map(generation => {
    const entry = document.createElement('span');
    const swatch = document.createElement('i');
    swatch.style.background = colour(generation);
    entry.append(swatch, `generation ${generation}`);
    return entry;
  }));
}

function drawLatencies(seen) {
  const known = windows.filter(window => window.max !== null);
  const { pen, style, area } = plot('latencies', Math.max(4, ...known.map(window => window.max)), seen);
  const visible = known.filter(window => window.time >= area.begin);
  pen.fillStyle = style.getPropertyValue('--max');
  const width = Math.max(1, area.second * WINDOW / 1000);
  visible.forEach(window => pen.fillRect(area.x(window.time), area.y(window.max), width, area.bottom - area.y(window.max)));
  pen.fillStyle = style.getPropertyValue('--p50');
  visible.forEach(window => pen.fillRect(area.x(window.time), area.y(window.p50) - 1, width, 2));
  mark(pen, style, area, seen);
}

function listHandoffs(seen) {
  if (seen.length) {
    element('handoffs').replaceChildren(...seen.slice().reverse().map(handoff => {
      const row = document.createElement('tr');
      row.append(make('td', new Date(handoff.time).toLocaleTimeString()), make('td', `${handoff.from} → ${handoff.to}`),
        make('td', `${((handoff.until - handoff.time) / 1000).toFixed(1)} s`), make('td', `${handoff.longest.toFixed(1)} ms`),
        make('td', String(handoff.failed)));
      return row;
    }));
  }
}

function niceCeiling(value) {
  const magnitude = Math.pow(10, Math.floor(Math.log10(value)));
  return [1, 2, 4, 6, 8, 10].map(factor => factor * magnitude).find(candidate => candidate >= value);
}

const slider = element('load');
slider.addEventListener('input', () => {
  element('load-value').textContent = slider.value;
});
setInterval(() => {
  credit = Math.min(10, credit + Number(slider.value) / 20);
  while (credit >= 1) {
    credit--;
    if (inFlight < MAX_IN_FLIGHT) {
      request();
    }
  }
}, 50);
element('restart').addEventListener('click', restart);
setInterval(second, 1000);
window.addEventListener('resize', render);
watch();
second();
