// Asks the server once a second what is new, and draws the last five minutes: boldly the speed, and
// faintly what the counter gained each second. That jumps, because a worker reports four hashes
// every 1.2 s: 4, 4, 4, 4, 4, 0. So the speed counts from one change of the counter to another.

const SHOWN = 300, WINDOW = 10;  // of the graph and of the mean, in seconds
const GAP = 3;    // a pause between samples that is longer is a gap
const QUIET = 2;  // a counter that rests longer has stopped
const BRIEF = 15; // a speed that lasts less is none: containers that start slow the others down

const root = document.documentElement, canvas = document.querySelector("canvas");
const element = id => document.getElementById(id);
const clock = seconds => new Date(seconds * 1000).toLocaleTimeString([], {hourCycle: "h23"});
const number = count => count.toLocaleString("en");
const round = speed => speed.toFixed(speed < 9.5 ? 1 : 0);
const rate = speed => Number.isFinite(speed) ? speed.toFixed(speed < 9.95 ? 2 : 1) : "–";

// What the browser keeps over a reload. In the frame of a slide it may refuse.
const kept = {
  get(storage, key) {
    try { return JSON.parse(window[storage].getItem(key)) } catch { return null }
  },
  set(storage, key, value) {
    try { window[storage].setItem(key, JSON.stringify(value)) } catch { /* then not */ }
  },
};

// ---- The samples: {now, hashes, coins, changed}, one a second, the oldest first

let samples = kept.get("sessionStorage", "dockercoins") ?? [];

function add(sample) {
  samples = samples.filter(s => s.now < sample.now && s.now > sample.now - SHOWN - WINDOW);
  samples.push(sample);
}

// A fifth, and more than one worker's reports make: less may be chance.
const differ = (a, b) => Math.abs(a - b) >= Math.max(0.4, Math.min(a, b) / 5);

// The counter between two gaps: a line through the moments at which it changed.
class Counter {
  points = [];  // {t, hashes, area}, the area being the integral up to t

  add({now, hashes, changed}) {
    this.began ??= now;
    const t = now - (changed ?? this.began) > QUIET ? now : changed, last = this.points.at(-1);
    if (t === null) return;  // it has not changed yet, and may still
    if (!last) this.points.push({t, hashes, area: 0});
    else if (t > last.t) this.points.push({t, hashes, area: last.area + (t - last.t) * (hashes + last.hashes) / 2});
  }

  get start() { return this.points.at(0)?.t }
  get end() { return this.points.at(-1)?.t }

  at(t) {
    const i = Math.max(1, this.points.findIndex(point => point.t >= t));
    const a = this.points[i - 1], b = this.points[i];
    const hashes = a.hashes + (b.hashes - a.hashes) * (t - a.t) / (b.t - a.t);
    return {hashes, area: a.area + (t - a.t) * (a.hashes + hashes) / 2};
  }

  // From the mean count of the window's first half to that of its second half: steadier than from
  // its first count to its last, because no single moment decides.
  speed(end = this.end) {
    const half = Math.min(WINDOW, end - this.start) / 2;
    if (!(half >= 2)) return NaN;  // too little to tell
    const [a, b, c] = [2 * half, half, 0].map(ago => this.at(end - ago).area);
    return Math.max(0, (a - 2 * b + c) / half ** 2);
  }

  // Where the speed after a moment is not what it was before, and stays: {t, from, to}.
  get steps() {
    const steps = [];
    let step;
    for (let t = Math.ceil(this.start + WINDOW); t + WINDOW <= this.end; t++) {
      const from = this.speed(t), to = this.speed(t + WINDOW), by = Math.abs(to - from), up = to > from;
      if (!differ(from, to)) {
        step = null;
      } else if (step?.up !== up) {
        steps.push(step = {t, from, to, by, up});
      } else {
        step.to = to;  // when it has settled
        if (by > step.by) Object.assign(step, {t, by});
        step.over = by < 0.8 * step.by;  // past the moment at which they differ most
      }
    }
    const lasting = [];
    for (const step of steps) {
      const last = lasting.at(-1);
      if (last && last.up !== step.up && step.t - last.t < BRIEF) step.from = lasting.pop().from;
      lasting.push(step);
    }
    return lasting.filter(step => step.over && differ(step.from, step.to));
  }
}

// The lines of the graph, and the changes of speed.
function lines() {
  const mean = [], seconds = [], counters = [];
  samples.forEach((sample, i) => {
    const last = samples[i - 1], x = sample.now;
    if (!last || x - last.now > GAP || sample.hashes < last.hashes) {
      counters.push(new Counter());
      mean.push({x, y: NaN});
      seconds.push({x, y: NaN});
    } else {
      seconds.push({x, y: (sample.hashes - last.hashes) / (x - last.now)});
    }
    counters.at(-1).add(sample);
    mean.push({x, y: counters.at(-1).speed()});
  });
  return {mean, seconds, steps: counters.flatMap(counter => counter.steps)};
}

// ---- The graph

const font = size => ({font: {size, family: getComputedStyle(canvas).fontFamily}});
const labels = font(parseFloat(canvas.dataset.labels));

function minutes(from, to) {
  const ticks = [];
  for (let value = Math.ceil(from / 60) * 60; value <= to; value += 60) ticks.push({value});
  return ticks;
}

const chart = new Chart(canvas, {
  type: "line",
  data: {
    datasets: [
      {borderWidth: 5, borderJoinStyle: "round", fill: true},
      {borderWidth: 1.5},
    ],
  },
  options: {
    animation: false,
    events: [],
    maintainAspectRatio: false,
    parsing: false,
    elements: {point: {radius: 0}},
    plugins: {legend: {display: false}, annotation: {animations: false}},
    scales: {
      x: {
        type: "linear",
        afterBuildTicks: axis => axis.ticks = minutes(axis.min, axis.max),
        ticks: {...labels, maxRotation: 0, callback: t => clock(t).slice(0, 5)},
      },
      y: {min: 0, ticks: {...labels, maxTicksLimit: 6}},
    },
  },
});

function colour(name) {
  canvas.style.color = `var(--${name})`;
  return getComputedStyle(canvas).color;
}

function paint() {
  const [mean, seconds] = chart.data.datasets, {x, y} = chart.options.scales;
  Object.assign(mean, {borderColor: colour("mean"), backgroundColor: colour("area")});
  Object.assign(seconds, {borderColor: colour("seconds"), hidden: !element("seconds").checked});
  for (const axis of [x, y]) {
    axis.ticks.color = colour("text");
    axis.grid.color = axis.border.color = colour("grid");
  }
}

// The top of the scale: a round number, and some air.
const scale = speed => [5, 10, 15, 20, 30, 40, 50, 60, 80, 100].find(t => t >= speed * 1.2) ?? Math.ceil(speed / 80) * 100;

// A line for each change of speed, with labels beside them: in rows where they are close.
function marks(steps, start) {
  const narrow = chart.width < 600;
  const aside = narrow ? 45 : 62, close = narrow ? 100 : 40, last = SHOWN * (narrow ? 0.65 : 0.85);
  let row = 0;
  return steps.map(({t, from, to}, i) => {
    row = t - steps[i - 1]?.t < close ? (row + 1) % 3 : 0;
    return {
      type: "line", xMin: t, xMax: t, borderColor: colour("step"), borderWidth: 2, borderDash: [6, 6],
      label: {
        display: true, content: [clock(t), `${round(from)} → ${round(to)}`],
        position: "end", xAdjust: t - start > last ? -aside : aside, yAdjust: row * 50,
        color: colour("step"), backgroundColor: colour("label"), padding: 4, ...font(narrow ? 12 : 16),
      },
    };
  });
}

function draw(end) {
  const {mean, seconds, steps} = lines(), start = end - SHOWN, {x, y} = chart.options.scales;
  Object.assign(x, {min: start, max: end});
  y.max = scale(Math.max(0, ...mean.map(point => point.y || 0)));
  chart.data.datasets[0].data = mean;
  chart.data.datasets[1].data = seconds;
  const shown = steps.filter(step => step.t > start);
  chart.options.plugins.annotation.annotations = marks(shown, start);
  chart.update();
  return {speed: mean.at(-1)?.y, steps: shown};
}

// ---- The rest of the page

function say(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

let trouble = null;  // since when, in seconds
let ahead = 0;       // of the server's clock against the browser's
let summed = 0;      // when the summary was last told, and with how many changes of speed
let told = 0;

function show(problem) {
  const now = Date.now() / 1000, last = samples.at(-1);
  if (!problem && last) ahead = last.now - now;
  trouble = problem ? trouble ?? now + ahead : null;
  const {speed, steps} = draw(problem || !last ? now + ahead : last.now);

  element("status").classList.toggle("problem", !!problem);
  say("status", problem ? problem.replace("…", `since ${clock(trouble)}`) : "live");
  say("speed", problem ? "–" : rate(speed));
  if (!last) return;
  say("hashes", number(last.hashes));
  say("coins", number(last.coins));
  say("luck", last.coins ? `1 in ${(last.hashes / last.coins).toFixed(1)}` : "–");

  if (now - summed > 30 || steps.length > told) {
    const step = steps.at(-1);
    say("summary", `${rate(speed)} hashes per second, ${number(last.hashes)} hashes and ${number(last.coins)} coins at ${clock(last.now)}.`
      + (step ? ` The speed changed at ${clock(step.t)} from ${round(step.from)} to ${round(step.to)}.` : ""));
    summed = now;
  }
  told = steps.length;
}

const server = new Worker("ask.js"), ask = () => server.postMessage(samples.at(-1)?.now ?? 0);

server.onmessage = ({data: answer}) => {
  answer?.samples.forEach(add);
  show(answer ? answer.error && `Redis away …: ${answer.error}` : "reconnecting …");
  setTimeout(ask, 1000);
};

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
let chosen = kept.get("localStorage", "theme");

function dress() {
  if (chosen) root.dataset.theme = chosen;
  element("dark").checked = chosen ? chosen === "dark" : systemIsDark.matches;
  paint();
  chart.update();
}

element("dark").onchange = event => {
  chosen = event.target.checked ? "dark" : "light";
  kept.set("localStorage", "theme", chosen);
  dress();
};
systemIsDark.onchange = element("seconds").onchange = dress;
addEventListener("pagehide", () => kept.set("sessionStorage", "dockercoins", samples));

dress();
ask();
