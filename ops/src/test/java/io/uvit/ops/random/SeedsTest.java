package io.uvit.ops.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class SeedsTest {

  @Test
  void hashIsFnv1a() { // test vectors of the algorithm's authors
    assertEquals(0xcbf29ce484222325L, Seeds.hash(""));
    assertEquals(0xaf63dc4c8601ec8cL, Seeds.hash("a"));
    assertEquals(0x85944171f73967e8L, Seeds.hash("foobar"));
  }

  @Test
  void mixIsSplitMix64() { // first outputs of the generator from state 0 and 1234567
    assertEquals(0xe220a8397b1dcdafL, Seeds.mix(0));
    assertEquals(6457827717110365317L, Seeds.mix(1234567));
  }

  @Test
  void seedAndNameGoIntoTheirOwnWords() {
    assertArrayEquals(new long[] {0xe220a8397b1dcdafL, 0xaf63dc4c8601ec8cL}, Seeds.of(0, "a"));
    assertEquals(Seeds.mix(0xe220a8397b1dcdafL ^ 0xaf63dc4c8601ec8cL), Seeds.purpose(0, "a"));
    assertNotEquals(Seeds.purpose(0, "time"), Seeds.purpose(0, "noise"));
    assertNotEquals(Seeds.purpose(0, "time"), Seeds.purpose(1, "time"));
  }
}
