// How long a hand can make a visit.

/** The shortest visit pulling or a key can make, in minutes. */
export const SHORTEST_MINUTES = 5;

/** Minutes one press lengthens a visit by. */
export const LENGTHEN_MINUTES = 5;
