/**
 * What the promise rejects with. Unlike `expect(…).rejects` it can be asked for before the rejection and
 * looked at after.
 */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error("did not fail")),
    (error: unknown) => error,
  );
}
