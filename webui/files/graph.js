// Polls /json once a second and draws the speed of the last five minutes: faintly what each second
// shows, which jumps because a worker reports about four hashes at a time, and boldly the mean of
// the last ten seconds.
const SHOWN = 300, MEAN_OVER = 10;  // seconds

const element = id => document.getElementById(id);
const samples = [];  // {now, hashes}, oldest first
const perSecond = [], mean = [];  // points of the two lines

const clock = seconds => new Date(seconds * 1000).toLocaleTimeString([], {hour12: false});
const labels = {font: {size: parseFloat(getComputedStyle(element("graph")).fontSize)}};

const chart = new Chart(document.querySelector("canvas"), {
  type: "line",
  data: {
    datasets: [
      {label: "mean of 10 s", data: mean, borderColor: "#1565c0", borderWidth: 4},
      {label: "each second", data: perSecond, borderColor: "#90caf9", borderWidth: 1.5},
    ],
  },
  options: {
    animation: false,
    maintainAspectRatio: false,
    parsing: false,
    elements: {point: {radius: 0}},
    plugins: {tooltip: {enabled: false}},
    scales: {
      x: {type: "linear", ticks: {...labels, maxRotation: 0, stepSize: 60, includeBounds: false, callback: clock}},
      y: {beginAtZero: true, suggestedMax: 5, ticks: labels},
    },
  },
});

const speed = (from, to) => (to.hashes - from.hashes) / (to.now - from.now);

function add(sample) {
  const last = samples.at(-1);
  if (last && (sample.hashes < last.hashes || sample.now <= last.now)) {
    samples.length = 0;  // Redis was emptied, or the clock set back: start again
  }
  if (samples.length) {
    const oldest = samples.findLast(s => s.now <= sample.now - MEAN_OVER) ?? samples[0];
    perSecond.push({x: sample.now, y: speed(last, sample)});
    mean.push({x: sample.now, y: speed(oldest, sample)});
    element("speed").textContent = mean.at(-1).y.toFixed(2);
  }
  samples.push(sample);
  for (const line of [samples, perSecond, mean]) {
    while ((line[0]?.now ?? line[0]?.x) < sample.now - SHOWN) line.shift();
  }
  element("hashes").textContent = sample.hashes.toLocaleString();
  element("coins").textContent = sample.coins.toLocaleString();
  Object.assign(chart.options.scales.x, {min: sample.now - SHOWN, max: sample.now});
  chart.update();
}

async function refresh() {
  let answer = {error: "webui does not answer: trying again"};
  try {
    answer = await (await fetch("json")).json();
  } catch (e) {
    // said below
  }
  const problem = answer.error;
  if (!problem) add(answer);
  element("status").textContent = problem || "live";
  element("status").className = problem ? "error" : "";
  setTimeout(refresh, 1000);
}

refresh();
