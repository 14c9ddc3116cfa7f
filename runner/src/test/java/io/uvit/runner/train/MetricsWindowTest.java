package io.uvit.runner.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class MetricsWindowTest {
  private static final StepResult FIRST =
      new StepResult(
          0.3f,
          2,
          1e-3,
          true,
          OptionalDouble.empty(),
          new float[] {0.1f, 0.5f, 0.3f},
          new float[] {0, 0.95f, 1});
  private static final StepResult SECOND =
      new StepResult(
          0.7f, 4, 1e-3, true, OptionalDouble.empty(), new float[] {0.7f}, new float[] {0.0999f});
  private static final StepResult BAD =
      new StepResult(
          Float.NaN,
          1,
          1e-3,
          false,
          OptionalDouble.empty(),
          new float[] {Float.NaN},
          new float[] {0.5f});

  private static MetricsWindow window(StepResult... steps) {
    MetricsWindow window = new MetricsWindow();
    for (StepResult step : steps) {
      window.add(step);
    }
    return window;
  }

  @Test
  void meansAreOverTheFiniteSteps() {
    MetricsWindow window = window(FIRST, BAD, SECOND);
    assertEquals(0.5, window.loss(), 1e-7);
    assertEquals(3, window.gradientNorm());
    assertEquals(1, window.skipped());
    double[] bins = window.lossByNoise();
    assertEquals(0.4, bins[0], 1e-7); // (0.1 + 0.7) / 2
    assertEquals(0.4, bins[9], 1e-7); // (0.5 + 0.3) / 2: the end of the schedule is in the last
    for (int i = 1; i < 9; i++) {
      assertTrue(Double.isNaN(bins[i]), "no image fell into tenth " + i);
    }
    window.reset();
    assertTrue(Double.isNaN(window.loss()));
    assertEquals(0, window.skipped());
  }

  @Test
  void sumsSurviveACheckpointBitByBit() {
    MetricsWindow restored = new MetricsWindow();
    restored.restore(window(FIRST, BAD).save());
    restored.add(SECOND);
    MetricsWindow whole = window(FIRST, BAD, SECOND);
    assertEquals(whole.save(), restored.save());
    assertEquals(whole.loss(), restored.loss());
    assertArrayEquals(whole.lossByNoise(), restored.lossByNoise());
  }

  @Test
  void otherTextsAreRefused() {
    MetricsWindow window = new MetricsWindow();
    assertThrows(IllegalArgumentException.class, () -> window.restore("1 2 3"));
    String broken = window(FIRST).save().replaceFirst("^1 ", "one ");
    assertThrows(IllegalArgumentException.class, () -> window.restore(broken));
  }
}
