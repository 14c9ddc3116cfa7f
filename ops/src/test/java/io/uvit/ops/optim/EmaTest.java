package io.uvit.ops.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.ops.Eval;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rates of moving averages: warm-up, and the text they are told apart by. */
class EmaTest {

  @ParameterizedTest
  @CsvSource({
    "0.9999, 0.9999",
    "0.999, 0.999",
    "0.5, 0.5",
    "0, 0",
    "-0.0, 0",
    "1e-7, 0.0000001",
    "0.1234567890123456, 0.1234567890123456",
    "0.3333333333333333, 0.3333333333333333"
  })
  void textIsTheShortestDecimal(double decay, String text) {
    assertEquals(text, Ema.text(decay));
  }

  @Test
  void textGivesTheNumberBack() {
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      double decay = 1 - Math.pow(random.nextDouble(), 8);
      assertEquals(decay, Double.parseDouble(Ema.text(decay)), 0);
    }
    assertEquals("0.9999999999999999", Ema.text(Math.nextDown(1.0)));
  }

  /** min(decay, (1 + k) / (10 + k)): 0.1, 2/11, ..., until the decay is reached. */
  @Test
  void warmUpRisesToTheDecay() {
    Ema ema = new Ema(0.9, true);
    assertEquals(0.1, ema.at(0), 0);
    assertEquals(2 / 11.0, ema.at(1), 0);
    assertEquals(80 / 89.0, ema.at(79), 0);
    assertEquals(0.9, ema.at(80), 0); // 81 / 90
    assertEquals(0.9, ema.at(1_000_000), 0);
    assertEquals(0.05, new Ema(0.05, true).at(0), 0);
    assertEquals(0.9, new Ema(0.9, false).at(0), 0);
  }

  @Test
  void theGraphTakesTheSameShare() {
    for (boolean warmup : new boolean[] {false, true}) {
      for (long step : new long[] {0, 1, 17, 80, 89_990, 1L << 40}) {
        Ema ema = new Ema(0.9999, warmup);
        float found = Eval.one(tf -> ema.share(tf, tf.constant(step)))[0];
        assertEquals((float) (1 - ema.at(step)), found, 0, "step " + step);
      }
    }
  }
}
