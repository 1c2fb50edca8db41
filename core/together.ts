/**
 * Runs pieces of one job side by side. When one fails, the others are told to stop by `abort`, all
 * are waited for, and the first failure is thrown: nothing goes on behind the caller's back.
 */
export async function together<T extends unknown[]>(
  abort: AbortController,
  work: { [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  let first: { error: unknown } | undefined;
  const watched = work.map((piece) =>
    piece.catch((error: unknown) => {
      first ??= { error };
      abort.abort(first.error);
    }),
  );
  const results = await Promise.all(watched);
  if (first) throw first.error;
  return results as unknown as T;
}

/** Works on many things, so many at once; the results in the order of the things. */
export async function each<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += atOnce)
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}
