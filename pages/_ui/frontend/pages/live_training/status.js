// The status line in words.

import { t } from "../../state/texts.js";

const number = new Intl.NumberFormat("en");

/** @typedef {import("./recording.js").Recording} Recording */

/**
 * What the run is doing, as a sentence without an end.
 * @param {Recording | null} recording
 * @param {{epochs: number} | null} run
 */
export function currentStatus(recording, run) {
  if (!recording || !run) return say("ready");
  if (recording.lost) return say("lost");
  const { status, message, place, snapshots, frames } = recording;
  const last = snapshots.at(-1);
  const passed = last?.epoch ?? 0;
  switch (status) {
    case "queued":
      return place ? say("place", { place }) : say("queued");
    case "running":
      return say("running", { epoch: Math.min(run.epochs, Math.floor(passed) + 1), epochs: run.epochs });
    case "paused":
      return pausedAfter(frames.at(-1)?.step ?? last?.step ?? 0);
    case "finished":
      return say("finished", { epochs: run.epochs, duration: duration(last?.seconds ?? 0) });
    case "stopped":
      return message ? say("because", { status: say("stopped"), message }) : say("stopped_after", { epoch: passed.toFixed(1) });
    case "diverged":
      return message ?? say("diverged");
    default:
      return message ? say("because", { status: say(status), message }) : say(status);
  }
}

/**
 * Images per second and the time left, while there is something to say.
 * @param {Recording | null} recording
 * @param {{epochs: number} | null} run
 */
export function speed(recording, run) {
  const last = recording?.snapshots.at(-1);
  if (!last || !run || recording?.status !== "running" || !(last.images_per_second > 0)) return "";
  const left = ((run.epochs - last.epoch) * (last.images / last.epoch)) / last.images_per_second;
  const images = number.format(Number(last.images_per_second.toPrecision(2)));
  return t("live_training.status.speed", { images, left: duration(left) });
}

/** @param {string} name @param {Record<string, string | number>} [parameters] */
const say = (name, parameters) => t(`live_training.status.${name}`, parameters);

/** @param {number} count of batches */
const pausedAfter = (count) =>
  t(count === 1 ? "live_training.status.paused_after_one" : "live_training.status.paused", { batches: number.format(count) });

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 90) return t("live_training.status.seconds", { count: Math.round(seconds) });
  if (seconds < 5400) return t("live_training.status.minutes", { count: Math.round(seconds / 60) });
  return t("live_training.status.hours", { count: (seconds / 3600).toFixed(1) });
}
