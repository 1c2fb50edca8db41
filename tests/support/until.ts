import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the condition holds. @throws when it does not within `limitMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not so after ${limitMs} ms: ${condition}`);
    await delay(25);
  }
}
