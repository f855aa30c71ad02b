/** The calls of the simulator: which phone rings, who is on the line, how each call ended. */

import { t } from "./i18n.js";
import { spaced } from "./numbers.js";
import { announce } from "./popups.js";

const STAGES = ["ringing", "talking", "ended"];
/** Test numbers that no call reaches: nothing rings there. */
const SILENT = new Set(["empty_number", "switched_off", "out_of_area", "busy"]);
/** failure_code of the voice callbacks, where there are words for it. */
const REASONS = { 1: "switched_off", 2: "busy", 3: "out_of_area", 5: "missed", 8: "empty_number", 10: "declined" };
const MANUAL = "manual";

const progressOf = (call) => STAGES.indexOf(call.stage) * 100 + call.keys.length;

export class Calls {
  #calls = new Map();
  #fates = new Map();
  #announced = new Set();
  /** The numbers a call has a fixed fate at: {number, fate}. */
  numbers = [];

  /** What the sandbox has now. */
  take({ numbers = [], calls = [] }) {
    this.numbers = numbers.filter((each) => each.number);
    this.#fates = new Map(this.numbers.map((each) => [each.number, each.fate]));
    this.#calls = new Map(calls.map((call) => [call.callid, call]));
  }

  /**
   * Takes a call in as it is now; it is heard with the stream and as the answer to what one does,
   * in any order. Whether it is news.
   */
  put(call) {
    const known = this.#calls.get(call.callid);
    if (known && progressOf(known) >= progressOf(call)) return false;
    this.#calls.set(call.callid, call);
    return true;
  }

  /** Every number somebody has called. */
  get called() {
    return [...new Set([...this.#calls.values()].map((call) => call.number))];
  }

  /** The call that rings or is talked on at `number`, the oldest first; or null. */
  ongoing(number) {
    return this.#of(number).find((call) => call.stage !== "ended" && this.rings(call)) ?? null;
  }

  ended(number) {
    return this.#of(number).filter((call) => call.stage === "ended");
  }

  /** Whether a phone rings for it. */
  rings(call) {
    return !SILENT.has(this.#fates.get(call.number) ?? MANUAL);
  }

  /** Says aloud what has become of a call, once for each stage; a phone that is silent says nothing. */
  announce(call) {
    const told = `${call.callid} ${call.stage}`;
    if (this.#announced.has(told) || !(this.rings(call) || call.stage === "ended")) return;
    this.#announced.add(told);
    announce(wordsOf(call));
  }

  #of(number) {
    return [...this.#calls.values()].filter((call) => call.number === number);
  }
}

/** How a call ended, in a few words. */
export function endOf(call) {
  if (call.answered_at_ms !== null)
    return t("calls.ended.answered", { seconds: Math.round((call.ended_at_ms - call.answered_at_ms) / 1000) });
  const reason = REASONS[call.failure_code];
  return reason ? t(`calls.ended.${reason}`) : t("calls.ended.failed", { reason: call.failure_reason });
}

/** What is heard: a text, or a recording nobody has the sound of. */
export const speechOf = ({ text, fid }) => (text ? text : t("calls.recording", { fid }));

function wordsOf(call) {
  const number = spaced(call.number);
  const more = { caller: spaced(call.caller), text: speechOf(call), end: call.stage === "ended" ? endOf(call) : "" };
  return t(`calls.announced.${call.stage}`, { number, ...more });
}
