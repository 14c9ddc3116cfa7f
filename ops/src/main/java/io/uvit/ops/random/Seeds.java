package io.uvit.ops.random;

import java.nio.charset.StandardCharsets;

/** Derives the two 64-bit words that TensorFlow's stateless (Philox) random ops take. */
public final class Seeds {
  private Seeds() {}

  /** A seed pair that depends on {@code seed} and on a name, such as a parameter's. */
  public static long[] of(long seed, String name) {
    return new long[] {mix(seed), hash(name)};
  }

  /** The first word for draws of one purpose; the second word is the step. */
  public static long purpose(long seed, String purpose) {
    return mix(mix(seed) ^ hash(purpose));
  }

  /** FNV-1a, 64 bits, of the UTF-8 bytes. */
  static long hash(String text) {
    long h = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xff)) * 0x100000001b3L;
    }
    return h;
  }

  /**
   * Finaliser of SplitMix64: a bijection without fixed structure, so that seeds 0, 1, 2 are far
   * apart.
   */
  static long mix(long z) {
    z += 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
