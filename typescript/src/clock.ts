// The time, and a pause. Tests bring their own.
export interface Clock {
  now(): number; // milliseconds, of any beginning
  sleep(ms: number, signal?: AbortSignal): Promise<void>; // ends early, without an error, if the signal is aborted
}

export const real_clock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end);
    }),
};
