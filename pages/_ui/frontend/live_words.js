// The status line in words.

const number = new Intl.NumberFormat("en");

/** What the run is doing, as a sentence without an end. */
export function currentStatus(feed, { run, empty }) {
  if (!feed) return empty;
  if (feed.lost) return "The server does not answer. Trying again";
  const last = feed.snapshots.at(-1);
  const passed = last ? last.epoch : 0;
  const because = feed.message ? `: ${feed.message}` : "";
  switch (feed.status) {
    case "queued":
      return feed.place ? `Waiting for a free processor: place ${feed.place} in the queue` : "Waiting";
    case "starting":
      return "Starting";
    case "running":
      return `Training, epoch ${Math.min(run.epochs, Math.floor(passed) + 1)} of ${run.epochs}`;
    case "paused":
      return `Paused after ${batches(feed.frames.at(-1)?.step ?? last?.step ?? 0)}`;
    case "finished":
      return `Finished: ${run.epochs} epochs in ${duration(last?.seconds ?? 0)}`;
    case "stopped":
      return feed.message ? `Stopped${because}` : `Stopped after epoch ${passed.toFixed(1)}`;
    case "diverged":
      return feed.message ?? "Diverged";
    default:
      return `${feed.status[0].toUpperCase()}${feed.status.slice(1)}${because}`;
  }
}

/** Images per second and the time left, while there is something to say. */
export function speed(feed, { run }) {
  const last = feed?.snapshots.at(-1);
  if (!last || feed.status !== "running" || !(last.images_per_second > 0)) return "";
  const left = ((run.epochs - last.epoch) * (last.images / last.epoch)) / last.images_per_second;
  return `${number.format(roundTo(last.images_per_second, 2))} images/s, ${duration(left)} left`;
}

const batches = (count) => `${number.format(count)} ${count === 1 ? "batch" : "batches"}`;

const roundTo = (value, digits) => Number(value.toPrecision(digits));

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
