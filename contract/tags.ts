/** What the functions write on the objects of the vault, and the vault's lifecycle looks for. */

/** Of every tag below. */
export const TAG_VALUE = 'true';

/** The tags of objects that were given up: the vault's lifecycle deletes what carries one of them. */
export const RETIRED_TAGS = ['superseded', 'abandoned'] as const;
export type RetiredTag = (typeof RETIRED_TAGS)[number];

/**
 * The tag of what is replaced all the time: verdicts, pointers, slots. Their former versions are let go
 * after a while; the current one never is. Data does not carry it.
 */
export const REPLACED_TAG = 'replaced';
