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
    case "running": {
      const epoch = Math.floor(passed) + 1;
      if (!hasEnd(run, passed)) return say("running_on", { epoch });
      return say("running", { epoch: Math.min(run.epochs, epoch), epochs: run.epochs });
    }
    case "paused":
      return pausedAfter(frames.at(-1)?.step ?? last?.step ?? 0);
    case "finished":
      return say("finished", { epochs: Math.round(passed), duration: duration(last?.seconds ?? 0) });
    case "stopped":
      if (message) return say("because", { status: say("stopped"), message });
      return passed ? say("stopped_after", { epoch: passed.toFixed(1) }) : say("stopped");
    case "diverged":
      return message ?? say("diverged");
    default:
      return message ? say("because", { status: say(status), message }) : say(status);
  }
}

/** Whether it will end by itself: one that was asked for some epochs, and has not gone on beyond them. @param {{epochs: number}} run @param {number} passed */
export const hasEnd = ({ epochs }, passed) => epochs > 0 && passed < epochs;

/**
 * Images per second, and the time left where there is an end, while there is something to say.
 * @param {Recording | null} recording
 * @param {{epochs: number} | null} run
 */
export function speed(recording, run) {
  const last = recording?.snapshots.at(-1);
  if (!last || !run || recording?.status !== "running" || !(last.images_per_second > 0)) return "";
  const images = number.format(Number(last.images_per_second.toPrecision(2)));
  if (!hasEnd(run, last.epoch)) return t("live_training.status.speed_alone", { images });
  const left = ((run.epochs - last.epoch) * (last.images / last.epoch)) / last.images_per_second;
  return t("live_training.status.speed", { images, left: duration(left) });
}

/** @param {string} name @param {Record<string, string | number>} [parameters] */
const say = (name, parameters) => t(`live_training.status.${name}`, parameters);

/** @param {number} count of batches */
function pausedAfter(count) {
  if (count === 0) return say("paused_before");
  return say(count === 1 ? "paused_after_one" : "paused", { batches: number.format(count) });
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 90) return t("live_training.status.seconds", { count: Math.round(seconds) });
  if (seconds < 5400) return t("live_training.status.minutes", { count: Math.round(seconds / 60) });
  return t("live_training.status.hours", { count: (seconds / 3600).toFixed(1) });
}
