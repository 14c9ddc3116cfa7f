package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HalfFloatsTest {
  @Test
  void knownHalves() {
    assertEquals(1f, HalfFloats.fromHalf((short) 0x3c00));
    assertEquals(-2f, HalfFloats.fromHalf((short) 0xc000));
    assertEquals(65504f, HalfFloats.fromHalf((short) 0x7bff));
    assertEquals(0x1p-24f, HalfFloats.fromHalf((short) 1));
    assertEquals(Float.NEGATIVE_INFINITY, HalfFloats.fromHalf((short) 0xfc00));
    assertTrue(Float.isNaN(HalfFloats.fromHalf((short) 0x7e00)));
  }

  @Test
  void everyPatternSurvives() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float half = HalfFloats.fromHalf((short) bits);
      if (!Float.isNaN(half)) {
        assertEquals((short) bits, HalfFloats.toHalf(half));
      } else {
        assertTrue(Float.isNaN(HalfFloats.fromHalf(HalfFloats.toHalf(half))));
      }
      float bfloat = HalfFloats.fromBfloat((short) bits);
      if (!Float.isNaN(bfloat)) {
        assertEquals((short) bits, HalfFloats.toBfloat(bfloat));
      } else {
        assertTrue(Float.isNaN(HalfFloats.fromBfloat(HalfFloats.toBfloat(bfloat))));
      }
    }
  }

  @Test
  void tiesGoToEvenAndTheRestToTheNearest() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = HalfFloats.fromHalf((short) bits);
      float middle = low + (HalfFloats.fromHalf((short) (bits + 1)) - low) / 2;
      assertEquals(bits + (bits & 1), HalfFloats.toHalf(middle));
      assertEquals(bits, HalfFloats.toHalf(Math.nextDown(middle)));
      assertEquals(bits + 1, HalfFloats.toHalf(Math.nextUp(middle)));
    }
    for (int bits = 0; bits < 0x7f7f; bits++) {
      float middle = Float.intBitsToFloat((bits << 16) | 0x8000);
      assertEquals(bits + (bits & 1), HalfFloats.toBfloat(middle));
      assertEquals(bits, HalfFloats.toBfloat(Math.nextDown(middle)));
      assertEquals(bits + 1, HalfFloats.toBfloat(Math.nextUp(middle)));
    }
  }

  @Test
  void overflowGivesInfinity() {
    assertEquals(0x7bff, HalfFloats.toHalf(Math.nextDown(65520f)));
    assertEquals(0x7c00, HalfFloats.toHalf(65520f));
    assertEquals(0x7c00, HalfFloats.toHalf(Float.MAX_VALUE));
    assertEquals(0x7f80, HalfFloats.toBfloat(Float.MAX_VALUE));
  }
}
