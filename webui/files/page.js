// Asks the server for new samples once a second, and shows them as figures and as a graph.

import {addSample, analyze, axisMax, GRAPH_SECONDS, isSample} from "./speed.js";

const canvas = document.querySelector("canvas");
const element = id => document.getElementById(id);
const clock = seconds => new Date(seconds * 1000).toLocaleTimeString([], {hourCycle: "h23"});
const number = count => count.toLocaleString("en");
const shortSpeed = speed => speed.toFixed(speed < 9.5 ? 1 : 0);
const longSpeed = speed => Number.isFinite(speed) ? speed.toFixed(speed < 9.95 ? 2 : 1) : "–";

// The browser's storage survives a reload. A browser may deny it to a page in a frame.
function load(storage, key) {
  try { return JSON.parse(window[storage].getItem(key)) } catch { return null }
}

function save(storage, key, value) {
  try { window[storage].setItem(key, JSON.stringify(value)) } catch { /* the page works without it */ }
}

const areSamples = value => Array.isArray(value) && value.every(isSample);
const stored = load("sessionStorage", "dockercoins");
let samples = areSamples(stored) ? stored.reduce(addSample, []) : []; // the oldest first

const font = size => ({font: {size, family: getComputedStyle(canvas).fontFamily}});
const axisFont = font(parseFloat(canvas.dataset.labels));

function minuteTicks(from, to) {
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
        afterBuildTicks: axis => axis.ticks = minuteTicks(axis.min, axis.max),
        ticks: {...axisFont, maxRotation: 0, callback: t => clock(t).slice(0, 5)},
      },
      y: {min: 0, ticks: {...axisFont, maxTicksLimit: 6}},
    },
  },
});

// Returns a colour of style.css in the current theme. It takes the colour of an element, because the
// browser does not resolve light-dark() in a variable.
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

// Returns a dashed line with a label for each change of speed. Labels that would overlap are in
// different rows, the newest at the top. A label for which there is no row is not shown.
function marks(steps, start) {
  const narrow = chart.width < 600, offset = narrow ? 38 : 62, rowHeight = 50;
  const {width, height} = chart.chartArea;
  const labelSeconds = 2 * offset * GRAPH_SECONDS / width;
  const rows = Array(Math.max(1, Math.floor(height / rowHeight))).fill(Infinity); // the first second in use
  return steps.toReversed().map(({t, from, to}) => {
    const left = t + labelSeconds > start + GRAPH_SECONDS, begin = left ? t - labelSeconds : t;
    const row = rows.findIndex(used => begin + labelSeconds <= used);
    if (row >= 0) rows[row] = begin;
    return {
      type: "line", xMin: t, xMax: t, borderColor: colour("step"), borderWidth: 2, borderDash: [6, 6],
      label: {
        display: row >= 0, content: [clock(t), `${shortSpeed(from)} → ${shortSpeed(to)}`],
        position: "end", xAdjust: left ? -offset : offset, yAdjust: row * rowHeight,
        color: colour("step"), backgroundColor: colour("label"), padding: 4, ...font(narrow ? 12 : 16),
      },
    };
  });
}

function draw(end) {
  const {mean, seconds, steps} = analyze(samples), start = end - GRAPH_SECONDS, {x, y} = chart.options.scales;
  Object.assign(x, {min: start, max: end});
  y.max = axisMax(Math.max(0, ...mean.map(point => point.y || 0)));
  chart.data.datasets[0].data = mean;
  chart.data.datasets[1].data = seconds;
  const shown = steps.filter(step => step.t > start);
  chart.options.plugins.annotation.annotations = marks(shown, start);
  chart.update();
  return {speed: mean.at(-1)?.y, steps: shown};
}

// Does not set a text that is unchanged, so that screen readers do not repeat it.
function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

let problemBefore = "", problemSince; // in seconds, by the server's clock
let clockLead = 0; // how far the server's clock is ahead of the browser's
let newestAt = performance.now(); // when the newest sample came, in milliseconds
let summaryAt = -Infinity; // when the summary was last updated, in milliseconds
let stepsBefore = 0;

function show(problem, detail = "") {
  const now = Date.now() / 1000, last = samples.at(-1);
  if (!problem && last) clockLead = last.now - now;
  if (problem !== problemBefore) problemSince = now + clockLead;
  problemBefore = problem;

  element("status").classList.toggle("problem", !!problem);
  setText("status", problem ? `${problem} since ${clock(problemSince)}: ${detail}` : "live");
  const {speed, steps} = draw(problem || !last ? now + clockLead : last.now);
  setText("speed", problem ? "–" : longSpeed(speed));
  if (!last) return;
  setText("hashes", number(last.hashes));
  setText("coins", number(last.coins));
  setText("luck", last.coins ? `1 in ${(last.hashes / last.coins).toFixed(1)}` : "–");

  if (performance.now() - summaryAt > 30_000 || steps.length > stepsBefore) {
    const step = steps.at(-1);
    setText("summary", `${longSpeed(speed)} hashes per second, ${number(last.hashes)} hashes and ${number(last.coins)} coins at ${clock(last.now)}.`
      + (step ? ` The speed changed at ${clock(step.t)} from ${shortSpeed(step.from)} to ${shortSpeed(step.to)}.` : ""));
    summaryAt = performance.now();
  }
  stepsBefore = steps.length;
}

let worker;

// Resolves to {history} or {problem}. A web worker that fails or hangs is replaced at the next call.
function ask(after) {
  return new Promise(resolve => {
    const answer = data => { clearTimeout(timer); resolve(data) };
    const fail = () => {
      worker.terminate();
      worker = null;
      answer({problem: "ask.js did not load, or does not answer"});
    };
    const timer = setTimeout(fail, 5000); // A request takes at most 3 s.
    worker ??= new Worker("ask.js");
    worker.onmessage = ({data}) => answer(data);
    worker.onerror = fail;
    worker.postMessage(after);
  });
}

async function refresh() {
  const newest = samples.at(-1)?.now ?? 0, {history, problem} = await ask(newest);
  if (problem) return show("reconnecting", problem);
  // A gateway or another server may answer anything.
  const {samples: added, error} = history ?? {};
  if (!areSamples(added) || error !== null && typeof error !== "string") return show("reconnecting", "the answer is not from webui");

  samples = added.reduce(addSample, samples);
  if (samples.at(-1)?.now !== newest) newestAt = performance.now();
  if (error !== null) show("Redis away", error);
  else if (performance.now() - newestAt > 5000) show("no new numbers", "webui answers, but it has nothing new");
  else show("");
}

async function refreshForever() {
  try {
    await refresh();
  } catch (error) {
    console.error(error);
    samples = [];
    element("status").classList.add("problem");
    setText("status", `The page failed: ${error}`);
  }
  setTimeout(refreshForever, 1000);
}

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = ["dark", "light"].find(theme => theme === load("localStorage", "theme"));

function applyTheme() {
  if (chosenTheme) document.documentElement.dataset.theme = chosenTheme;
  element("dark").checked = chosenTheme ? chosenTheme === "dark" : systemIsDark.matches;
  paint();
  chart.update();
}

element("dark").onchange = event => {
  chosenTheme = event.target.checked ? "dark" : "light";
  save("localStorage", "theme", chosenTheme);
  applyTheme();
};
systemIsDark.onchange = element("seconds").onchange = applyTheme;
addEventListener("pagehide", () => save("sessionStorage", "dockercoins", samples));

applyTheme();
setText("status", "connecting");
window.pageRuns = true; // tells load.js
refreshForever();
