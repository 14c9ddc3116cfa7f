package io.uvit.runner.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StepTimesTest {

  @Test
  void theMedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
    assertEquals(
        new StepTimes(2.5, 1, 40, 11.5, 0.5), StepTimes.of(new double[] {3, 40, 1, 2}, 0.5));
    assertEquals(new StepTimes(3, 2, 40, 15, 1), StepTimes.of(new double[] {3, 40, 2}, 1));
  }

  @Test
  void partsOfARunTakeTheirPartOfTheTime() {
    assertEquals(new StepTimes(2, 1, 3, 4, 0.5), new StepTimes(10, 5, 15, 20, 0.5).dividedBy(5));
  }

  @Test
  void warmUpStepsRunButDoNotCount() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    StepTimes times =
        StepTimes.measure(
            2,
            3,
            () -> {
              if (runs.incrementAndGet() <= 2) {
                Thread.sleep(200);
              }
            });
    assertEquals(5, runs.get());
    assertTrue(times.maxMillis() < 200, times::toString);
    assertTrue(times.minMillis() <= times.medianMillis(), times::toString);
  }
}
