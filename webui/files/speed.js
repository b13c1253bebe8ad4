// Computes the mining speed from samples {now, hashes, coins, changed} of Redis, taken once a second.
// The times are in seconds. `changed` is when `hashes` last changed, or null if that is not known.
//
// A worker adds four hashes every 1.2 s, so the counter gains 4, 4, 4, 4, 4 and 0 in six seconds.
// The speed is steady because it is measured between moments at which the counter changed.

export const GRAPH_SECONDS = 300; // how much the graph shows
const MEAN_SECONDS = 10; // the window in which a speed is measured
const MAX_PAUSE = 3; // Samples further apart leave a gap in the graph.
const MAX_REST = 2; // A counter that has not changed for longer than this has stopped.
const MIN_STEP = 15; // A shorter speed is ignored, because starting containers slow down the others.

// Tells whether a value is a sample. The limits keep the graph's arithmetic exact: `now` is a date
// before the year 5138, and the counts are below 2^63.
export function isSample(value) {
  const {now, hashes, coins, changed} = value ?? {};
  return [now, hashes, coins, changed ?? 0].every(n => Number.isFinite(n) && Math.abs(n) < 1e19)
    && changed !== undefined && now >= 0 && now < 1e11;
}

// Adds a sample, and drops those that the graph no longer needs. It also drops later samples: when
// the server's clock is set back, the server sends its samples again, with corrected times.
export function addSample(samples, sample) {
  const kept = samples.filter(s => s.now < sample.now && s.now > sample.now - GRAPH_SECONDS - MEAN_SECONDS);
  return [...kept, sample];
}

// Returns the lines of the graph as points {x, y}, and the changes of speed as {t, from, to}.
// A point without a value (NaN) interrupts a line at a gap, and where the counter was reset.
export function analyze(samples) {
  const mean = [], seconds = [], counters = [];
  samples.forEach((sample, i) => {
    const last = samples[i - 1], x = sample.now;
    if (!last || x - last.now > MAX_PAUSE || sample.hashes < last.hashes) {
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

// Returns the top of the graph's scale: a round number, at least a fifth above the highest speed.
export function axisMax(speed) {
  return [5, 10, 15, 20, 30, 40, 50, 60, 80, 100].find(max => max >= speed * 1.2)
    ?? Math.ceil(speed / 80) * 100;
}

// Tells whether two speeds differ by at least a fifth and at least 0.4. Less may be chance.
const differ = (a, b) => Math.abs(a - b) >= Math.max(0.4, Math.min(a, b) / 5);

// The counter between two gaps: a line through the moments at which it changed.
class Counter {
  points = []; // {t, hashes, area}, where area is the integral of the line up to t

  add({now, hashes, changed}) {
    this.began ??= now;
    const t = now - (changed ?? this.began) > MAX_REST ? now : changed && Math.min(changed, now);
    const last = this.points.at(-1);
    if (t === null) return; // The counter has not changed yet, but may still be running.
    if (!last) this.points.push({t, hashes, area: 0});
    else if (t > last.t) this.points.push({t, hashes, area: last.area + (t - last.t) * (hashes + last.hashes) / 2});
  }

  get start() { return this.points.at(0)?.t }
  get end() { return this.points.at(-1)?.t }

  // The integral of the line up to t, which may lie between two points.
  area(t) {
    const i = Math.max(1, this.points.findIndex(point => point.t >= t));
    const a = this.points[i - 1], b = this.points[i];
    const hashes = a.hashes + (b.hashes - a.hashes) * (t - a.t) / (b.t - a.t);
    return a.area + (t - a.t) * (a.hashes + hashes) / 2;
  }

  // Subtracts the mean count of the window's first half from that of its second half. This is
  // steadier than the last count minus the first one, because no single moment decides.
  speed(end = this.end) {
    const half = Math.min(MEAN_SECONDS, end - this.start) / 2;
    if (!(half >= 2)) return NaN; // The window is too short to tell.
    const [first, middle, last] = [2 * half, half, 0].map(ago => this.area(end - ago));
    return Math.max(0, (first - 2 * middle + last) / half ** 2);
  }

  // The moments {t, from, to} at which the speed changed and the new speed lasted.
  get steps() {
    const lasting = [];
    for (const step of this.candidates()) {
      const last = lasting.at(-1);
      if (last && last.up !== step.up && step.t - last.t < MIN_STEP) step.from = lasting.pop().from;
      lasting.push(step);
    }
    return lasting.filter(step => step.peaked && differ(step.from, step.to));
  }

  // Compares the speeds before and after each second. Where they differ for several seconds, the
  // step is the second at which they differ most.
  candidates() {
    const steps = [];
    let step;
    for (let t = Math.ceil(this.start + MEAN_SECONDS); t + MEAN_SECONDS <= this.end; t++) {
      const from = this.speed(t), to = this.speed(t + MEAN_SECONDS);
      const difference = Math.abs(to - from), up = to > from;
      if (!differ(from, to)) {
        step = null;
      } else if (step?.up !== up) {
        steps.push(step = {t, from, to, difference, up});
      } else {
        step.to = to; // The last speed counts, because it has settled by then.
        if (difference > step.difference) Object.assign(step, {t, difference});
        step.peaked = difference < 0.8 * step.difference;
      }
    }
    return steps;
  }
}
