'use strict';

// One sample a second. They come from the load client if there is one (/api/stats), which also remembers those from
// before this page was opened, else from this page's own requests.
const SECONDS = 120;
const MAX_IN_FLIGHT = 32;
const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#d4a90f', '#9d755d'];

let samples = [];
let fed = null;
let own = emptySample();
let ownTotal = 0;
let ownFailed = 0;
let inFlight = 0;
let credit = 0;

function emptySample() {
  return { generations: {}, failed: 0, latencies: [] };
}

function colour(generation) {
  return COLOURS[((generation % COLOURS.length) + COLOURS.length) % COLOURS.length];
}

function element(id) {
  return document.getElementById(id);
}

function percentile(sorted, fraction) {
  return sorted.length ? sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] : null;
}

function generationsOf(sample) {
  return Object.keys(sample.generations).map(Number).sort((a, b) => a - b);
}

function rateOf(sample) {
  return Object.values(sample.generations).reduce((sum, count) => sum + count, 0);
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
    own.generations[who.generation] = (own.generations[who.generation] || 0) + 1;
    own.latencies.push(performance.now() - begin);
    element('instance').textContent = who.instance.slice(0, 8);
    element('instance').title = who.instance;
    element('pid').textContent = who.pid;
    element('server').textContent = who.server;
  } catch (error) {
    own.failed++;
    ownFailed++;
  }
  ownTotal++;
  inFlight--;
}

async function stats() {
  try {
    const response = await fetch('api/stats', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    if (response.status === 200) {
      const feed = await response.json();
      const last = feed.seconds[feed.seconds.length - 1];
      return last && last.time > Date.now() - 5000 ? feed : null;
    }
  } catch (error) {
    // The next second tells.
  }
  return null;
}

async function second() {
  const mine = own;
  own = emptySample();
  mine.latencies.sort((a, b) => a - b);
  const feed = await stats();
  if (Boolean(feed) !== fed) {
    samples = [];
    fed = Boolean(feed);
  }
  if (feed) {
    samples = feed.seconds;
    showTotals(feed.total, feed.failed);
  } else {
    samples.push({ time: Date.now(), generations: mine.generations, failed: mine.failed,
      p50: percentile(mine.latencies, 0.5), p99: percentile(mine.latencies, 0.99) });
    showTotals(ownTotal, ownFailed);
  }
  samples = samples.slice(-SECONDS);
  element('source').textContent = feed ? 'Charts: the load client' : 'Charts: this page';
  element('own').textContent = `${ownTotal.toLocaleString('en')} sent by this page, ${ownFailed} failed`;
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

function render() {
  const last = samples[samples.length - 1];
  if (last) {
    const generations = generationsOf(last);
    const newest = generations.length ? generations[generations.length - 1] : null;
    show('generation', newest, 0);
    show('rate', rateOf(last), 0);
    show('p50', last.p50, 1);
    show('p99', last.p99, 1);
    element('generation-tile').style.borderLeftColor = newest === null ? '' : colour(newest);
  }
  drawRates();
  drawLatencies();
  listHandoffs();
}

function plot(id, highest) {
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
  const area = { left: 46, right: width - 8, top: 14, bottom: height - 20, ceiling: niceCeiling(highest) };
  area.step = (area.right - area.left) / SECONDS;
  area.x = index => area.left + (SECONDS - samples.length + index) * area.step;
  area.y = value => area.bottom - (area.bottom - area.top) * value / area.ceiling;
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

function drawRates() {
  const { pen, style, area } = plot('rates', Math.max(10, ...samples.map(rateOf)));
  const seen = new Set();
  samples.forEach((sample, index) => {
    let below = 0;
    generationsOf(sample).forEach(generation => {
      const count = sample.generations[generation];
      pen.fillStyle = colour(generation);
      pen.fillRect(area.x(index), area.y(below + count), Math.max(1, area.step - 1), area.y(below) - area.y(below + count));
      below += count;
      if (!seen.has(generation)) {
        seen.add(generation);
        pen.textAlign = 'left';
        if (index > 0) {
          pen.fillRect(area.x(index), area.top, 1, area.bottom - area.top);
          pen.fillText(`generation ${generation}`, area.x(index) + 4, area.top - 4);
        }
      }
    });
    if (sample.failed > 0) {
      pen.fillStyle = style.getPropertyValue('--bad');
      pen.fillRect(area.x(index), area.top, Math.max(2, area.step - 1), 8);
    }
  });
  element('legend').replaceChildren(...[...seen].sort((a, b) => a - b).map(generation => {
    const entry = document.createElement('span');
    const swatch = document.createElement('i');
    swatch.style.background = colour(generation);
    entry.append(swatch, `generation ${generation}`);
    return entry;
  }));
}

function drawLatencies() {
  const known = samples.map(sample => sample.p99).filter(value => value !== null);
  const { pen, style, area } = plot('latencies', Math.max(4, ...known));
  pen.lineWidth = 1.5;
  ['p99', 'p50'].forEach(name => {
    pen.strokeStyle = style.getPropertyValue(`--${name}`);
    pen.beginPath();
    let drawing = false;
    samples.forEach((sample, index) => {
      if (sample[name] === null) {
        drawing = false;
        return;
      }
      const x = area.x(index) + area.step / 2;
      if (drawing) {
        pen.lineTo(x, area.y(sample[name]));
      } else {
        pen.moveTo(x, area.y(sample[name]));
      }
      drawing = true;
    });
    pen.stroke();
  });
}

// A handoff, as a client sees it: the seconds in which two generations answered.
function listHandoffs() {
  const rows = [];
  let newest = null;
  samples.forEach((sample, index) => {
    generationsOf(sample).forEach(generation => {
      if (newest !== null && generation > newest) {
        const together = samples.slice(index).filter(later => generationsOf(later).some(other => other < generation)
          && later.generations[generation]);
        const last = together.length ? samples.indexOf(together[together.length - 1]) : index;
        const failed = samples.slice(index, last + 1).reduce((sum, later) => sum + later.failed, 0);
        rows.unshift([new Date(sample.time).toLocaleTimeString(), `${newest} → ${generation}`, `${together.length} s`,
          String(failed)]);
      }
      newest = newest === null ? generation : Math.max(newest, generation);
    });
  });
  if (rows.length) {
    element('handoffs').replaceChildren(...rows.map(cells => {
      const row = document.createElement('tr');
      cells.forEach(text => row.appendChild(document.createElement('td')).textContent = text);
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
setInterval(second, 1000);
window.addEventListener('resize', render);

// The predecessor ends the stream when it drains; the browser connects anew by itself, to the successor.
const events = new EventSource('api/events');
events.addEventListener('tick', event => {
  element('events').textContent = `generation ${JSON.parse(event.data).generation}`;
});
events.addEventListener('error', () => {
  element('events').textContent = 'connecting';
});

second();
