/**
 * Says that something is wrong at `at`. `level` is the least tolerance that puts up with it; then this returns, and
 * what follows it must read on. Without `what` the cause is the code in words, without `hint` the hint is who reads or
 * mends it.
 */
export type Fault = (level: number, code: string, at: number, what?: string, hint?: string) => void;

/** Causes and hints that occur more than once. */
export const LAX_READS = "mode 'lax' reads it";
export const REPAIR_MENDS = 'repairPem() mends it';
export const WRONG_FILE = 'is this the right file?';
export const DAMAGED = 'damaged line';
export const FIVE_HYPHENS = 'five hyphens, one space, capitals';
export const WAS_CUT = 'was the text cut?';
