// What the server is asked, and how its answers come: one request at a time, and the newest drawing wins.

/** The server's own sentence on what is wrong with a request. */
export class Refused extends Error {}

/** No answer came. */
export class Lost extends Error {}

const PATIENCE = 8000; // ms
const PAUSE = 700; // ms, before a lost server is tried again

/**
 * The server's answer, from JSON; with a body, the request is a POST.
 * @param {string} path
 * @param {object} [body]
 */
export async function call(path, body) {
  const signal = AbortSignal.timeout(PATIENCE);
  const options = body === undefined ? { signal } : {
    signal, method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let response, answer;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Lost("The server does not answer. Is “python -m mnist web” still running? Trying again …");
  }
  try {
    answer = await response.json();
  } catch {
    throw new Refused(`The server's answer (status ${response.status}) can't be read; its terminal may say why.`);
  }
  if (!response.ok) throw new Refused(asSentence(answer.error ?? `the server refused, with status ${response.status}`));
  return answer;
}

function asSentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Asks for predictions, one at a time. While one is on its way, it is only noted that there is something newer. */
export class Predictions {
  #isWanted = false;
  #epoch = 0; // an answer to what was asked in an earlier one comes too late
  #isBusy = false;
  #isLost = false;

  /**
   * @param {object} page
   * @param {() => object} page.body  of the newest drawing, made when it is sent
   * @param {(answer: object, body: object) => void} page.onAnswer
   * @param {(error: Error | null) => void} page.onError  null: the last error is over
   * @param {(isBusy: boolean) => void} page.onBusy  whether an answer is still to come
   */
  constructor(page) {
    this.page = page;
  }

  ask() {
    this.#isWanted = true;
    if (!this.#isBusy) this.#run();
  }

  /** Want no answer any more, not even the one that is on its way. */
  forget() {
    this.#isWanted = false;
    this.#epoch += 1;
  }

  async #run() {
    this.#isBusy = true;
    this.page.onBusy(true);
    try {
      while (this.#isWanted || this.#isLost) await this.#askOnce();
    } finally {
      this.#isBusy = false;
      this.page.onBusy(false);
    }
  }

  async #askOnce() {
    const [body, epoch] = [this.#isWanted ? this.page.body() : null, this.#epoch];
    this.#isWanted = false;
    let answer;
    try {
      answer = await (body ? call("/api/predict", body) : call("/api/model")); // that only to see if it is back
    } catch (error) {
      this.#isLost = error instanceof Lost;
      if (epoch === this.#epoch || this.#isLost) this.page.onError(error);
      if (!this.#isLost) return;
      this.#isWanted ||= body !== null && epoch === this.#epoch;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      return;
    }
    this.#isLost = false;
    this.page.onError(null);
    if (body && epoch === this.#epoch) this.page.onAnswer(answer, body);
    await new Promise(requestAnimationFrame); // not more often than the screen shows
  }
}
