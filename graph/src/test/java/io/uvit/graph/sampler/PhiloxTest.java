package io.uvit.graph.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

/** Known answers of the Random123 distribution ({@code kat_vectors}, philox4x32 10). */
class PhiloxTest {

  private static void check(int[] counter, long key, int... wanted) {
    int[] words = counter.clone();
    Philox.generate(words, key);
    assertArrayEquals(wanted, words);
  }

  @Test
  void knownAnswers() {
    check(new int[4], 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    check(new int[] {-1, -1, -1, -1}, -1L, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    check(
        new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
        0x299f31d0a4093822L,
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1);
  }
}
