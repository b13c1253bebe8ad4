// Asks the server for new samples once a second, and shows them as figures and as a graph.

import {addSample, analyze, axisMax, GRAPH_SECONDS} from "./speed.js";

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

let samples = load("sessionStorage", "dockercoins") ?? []; // the oldest first

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

// Returns a colour of style.css as it is in the current theme. The browser resolves light-dark() in
// the colour of an element, but not in a variable.
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

// Returns a dashed line with a label for each change of speed. The labels of lines that are close
// together go to different rows.
function marks(steps, start) {
  const narrow = chart.width < 600;
  const offset = narrow ? 45 : 62, close = narrow ? 100 : 40, rightmost = GRAPH_SECONDS * (narrow ? 0.65 : 0.85);
  let row = 0;
  return steps.map(({t, from, to}, i) => {
    row = t - steps[i - 1]?.t < close ? (row + 1) % 3 : 0;
    return {
      type: "line", xMin: t, xMax: t, borderColor: colour("step"), borderWidth: 2, borderDash: [6, 6],
      label: {
        display: true, content: [clock(t), `${shortSpeed(from)} → ${shortSpeed(to)}`],
        position: "end", xAdjust: t - start > rightmost ? -offset : offset, yAdjust: row * 50,
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

// Leaves an unchanged text alone, so that screen readers do not repeat it.
function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

let problemSince = null; // in seconds, by the server's clock
let clockLead = 0; // how far the server's clock is ahead of the browser's
let summaryTime = 0; // when the summary was last updated, by the browser's clock
let stepsBefore = 0;

function show(problem, detail = "") {
  const now = Date.now() / 1000, last = samples.at(-1);
  if (!problem && last) clockLead = last.now - now;
  problemSince = problem ? problemSince ?? now + clockLead : null;
  const {speed, steps} = draw(problem || !last ? now + clockLead : last.now);

  element("status").classList.toggle("problem", !!problem);
  setText("status", problem ? `${problem} since ${clock(problemSince)}${detail}` : "live");
  setText("speed", problem ? "–" : longSpeed(speed));
  if (!last) return;
  setText("hashes", number(last.hashes));
  setText("coins", number(last.coins));
  setText("luck", last.coins ? `1 in ${(last.hashes / last.coins).toFixed(1)}` : "–");

  if (now - summaryTime > 30 || steps.length > stepsBefore) {
    const step = steps.at(-1);
    setText("summary", `${longSpeed(speed)} hashes per second, ${number(last.hashes)} hashes and ${number(last.coins)} coins at ${clock(last.now)}.`
      + (step ? ` The speed changed at ${clock(step.t)} from ${shortSpeed(step.from)} to ${shortSpeed(step.to)}.` : ""));
    summaryTime = now;
  }
  stepsBefore = steps.length;
}

const server = new Worker("ask.js"), ask = () => server.postMessage(samples.at(-1)?.now ?? 0);

server.onmessage = ({data: answer}) => {
  answer?.samples.forEach(sample => samples = addSample(samples, sample));
  if (!answer) show("reconnecting");
  else if (answer.error) show("Redis away", `: ${answer.error}`);
  else show();
  setTimeout(ask, 1000);
};

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = load("localStorage", "theme");

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
ask();
