package io.uvit.runner.data;

/**
 * The SplitMix64 generator and its finalizer as a hash (Steele, Lea, Flood 2014, "Fast splittable
 * pseudorandom number generators"). Written out here so that the order of the data is fixed by this
 * file and not by the version of a library.
 */
final class SplitMix64 {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final long UINT32 = 0xFFFF_FFFFL;

  private long state;

  SplitMix64(long seed) {
    this.state = seed;
  }

  /** The next 64 bits. */
  long next() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /**
   * A number from 0 to {@code bound} - 1, each equally likely (Lemire 2019: multiply, reject the
   * excess).
   */
  int below(int bound) {
    long threshold = (1L << 32) % bound;
    while (true) {
      long product = (next() >>> 32) * bound;
      if ((product & UINT32) >= threshold) {
        return (int) (product >>> 32);
      }
    }
  }

  /** Hash of words in order: h = mix(h + gamma + word), from 0. */
  static long hash(long... words) {
    long h = 0;
    for (long word : words) {
      h = mix(h + GOLDEN_GAMMA + word);
    }
    return h;
  }

  private static long mix(long bits) {
    long z = bits;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
