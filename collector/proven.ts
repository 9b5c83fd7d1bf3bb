/** So many accepted weeks make an installation one that counts as being there; one with fewer may be made up. */
export const PROVEN_PERIODS = 3;
