'use strict';

// One sample a second: requests by generation, failures, latencies. The numbers are those of the load client if there
// is one (/api/stats), else those of this page's own requests.
const SECONDS = 120;
const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#eeca3b', '#9d755d'];
const samples = [];
let own = emptySample();
let ownTotal = 0;
let ownFailed = 0;
let lastStatsTime = 0;

function emptySample() {
  return { generations: {}, failed: 0, latencies: [] };
}

function colour(generation) {
  return COLOURS[((generation % COLOURS.length) + COLOURS.length) % COLOURS.length];
}

function percentile(sorted, fraction) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] : null;
}

async function request() {
  const begin = performance.now();
  try {
    const response = await fetch('api/whoami', { cache: 'no-store' });
    if (!response.ok) {
      throw new Error(response.status);
    }
    const { generation } = await response.json();
    own.generations[generation] = (own.generations[generation] || 0) + 1;
    own.latencies.push(performance.now() - begin);
    ownTotal++;
  } catch (error) {
    own.failed++;
    ownFailed++;
  }
}

async function stats() {
  try {
    const response = await fetch('api/stats', { cache: 'no-store' });
    if (response.status === 200) {
      const feed = await response.json();
      return feed.time > Date.now() - 5000 ? feed : null;
    }
  } catch (error) {
    // The next second tells.
  }
  return null;
}

async function second() {
  const mine = own;
  own = emptySample();
  const feed = await stats();
  if (feed) {
    if (feed.time === lastStatsTime) {
      return;
    }
    lastStatsTime = feed.time;
    push(feed.generations, feed.failedNow, feed.p50, feed.p99, feed.total, feed.failed);
    document.getElementById('source').textContent = 'Numbers of the load client';
  } else {
    mine.latencies.sort((a, b) => a - b);
    push(mine.generations, mine.failed, percentile(mine.latencies, 0.5), percentile(mine.latencies, 0.99), ownTotal,
      ownFailed);
    document.getElementById('source').textContent = 'Numbers of this page';
  }
  draw();
}

function push(generations, failedNow, p50, p99, total, failed) {
  samples.push({ generations, failed: failedNow });
  if (samples.length > SECONDS) {
    samples.shift();
  }
  const numbers = Object.keys(generations).map(Number);
  const rate = Object.values(generations).reduce((sum, count) => sum + count, 0);
  show('generation', numbers.length ? Math.max(...numbers) : null, 0);
  show('rate', rate, 0);
  show('p50', p50, 1);
  show('p99', p99, 1);
  show('total', total, 0);
  show('errors', failed, 0);
  document.getElementById('errors-tile').classList.toggle('bad', failed > 0);
}

function show(id, value, digits) {
  document.getElementById(id).textContent = value === null || value === undefined ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

function draw() {
  const canvas = document.getElementById('chart');
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const left = 56;
  const bottom = height - 24;
  const totals = samples.map(sample => Object.values(sample.generations).reduce((sum, count) => sum + count, 0));
  const top = niceCeiling(Math.max(10, ...totals));
  pen.font = '12px system-ui, sans-serif';
  pen.fillStyle = style.getPropertyValue('--ink');
  pen.strokeStyle = style.getPropertyValue('--line');
  for (let i = 0; i <= 4; i++) {
    const y = bottom - (bottom - 12) * i / 4;
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(width - 12, y);
    pen.stroke();
    pen.fillText((top * i / 4).toLocaleString('en'), 8, y + 4);
  }
  const step = (width - left - 12) / SECONDS;
  const seen = new Set();
  samples.forEach((sample, index) => {
    const x = left + (SECONDS - samples.length + index) * step;
    let y = bottom;
    Object.keys(sample.generations).map(Number).sort((a, b) => a - b).forEach(generation => {
      seen.add(generation);
      const bar = (bottom - 12) * sample.generations[generation] / top;
      pen.fillStyle = colour(generation);
      pen.fillRect(x, y - bar, Math.max(1, step - 1), bar);
      y -= bar;
    });
    if (sample.failed > 0) {
      pen.fillStyle = style.getPropertyValue('--bad');
      pen.fillRect(x, 12, Math.max(2, step - 1), 8);
    }
  });
  pen.fillStyle = style.getPropertyValue('--ink');
  pen.fillText(`${SECONDS} s ago`, left, height - 6);
  pen.fillText('now', width - 40, height - 6);
  document.getElementById('legend').replaceChildren(...[...seen].sort((a, b) => a - b).map(generation => {
    const entry = document.createElement('span');
    const swatch = document.createElement('i');
    swatch.style.background = colour(generation);
    entry.append(swatch, `generation ${generation}`);
    return entry;
  }));
}

function niceCeiling(value) {
  const magnitude = Math.pow(10, Math.floor(Math.log10(value)));
  return [1, 2, 2.5, 5, 10].map(factor => factor * magnitude).find(candidate => candidate >= value);
}

const slider = document.getElementById('load');
let credit = 0;
slider.addEventListener('input', () => {
  document.getElementById('load-value').textContent = slider.value;
});
setInterval(() => {
  credit = Math.min(10, credit + slider.value / 20);
  while (credit >= 1) {
    credit--;
    request();
  }
}, 50);
setInterval(second, 1000);
draw();
