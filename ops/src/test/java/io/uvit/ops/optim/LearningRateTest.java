package io.uvit.ops.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.uvit.ops.optim.LearningRate.Decay;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

class LearningRateTest {
  private static final LearningRate OFFICIAL = new LearningRate(2e-4, 2500, Decay.CONSTANT, 500000);
  private static final LearningRate NO_WARMUP = new LearningRate(1e-3, 0, Decay.CONSTANT, 10);
  private static final LearningRate COSINE = new LearningRate(1e-3, 100, Decay.COSINE, 1100);
  private static final LearningRate COSINE_ONLY = new LearningRate(0.5, 0, Decay.COSINE, 8);

  @Test
  void officialWarmupStartsAtZero() {
    assertEquals(0, OFFICIAL.at(0));
    assertEquals(2e-4 / 2500, OFFICIAL.at(1), 1e-20);
    assertEquals(1e-4, OFFICIAL.at(1250), 1e-18);
    assertEquals(2e-4, OFFICIAL.at(2500));
    assertEquals(2e-4, OFFICIAL.at(499_999));
  }

  @Test
  void withoutWarmupTheFirstStepHasTheFullRate() {
    assertEquals(1e-3, NO_WARMUP.at(0));
    assertEquals(1e-3, NO_WARMUP.at(9));
  }

  @Test
  void cosineFallsFromThePeakToZero() {
    assertEquals(0.5e-3, COSINE.at(50), 1e-18);
    assertEquals(1e-3, COSINE.at(100), 1e-18);
    assertEquals(1e-3 * 0.5 * (1 + Math.sqrt(0.5)), COSINE.at(350), 1e-15);
    assertEquals(0.5e-3, COSINE.at(600), 1e-15);
    assertEquals(0, COSINE.at(1100), 1e-18);
    assertEquals(0, COSINE.at(5000), 1e-18);
    // PyTorch's CosineAnnealingLR(T_max=8) of 0.5 after 0..8 scheduler steps.
    double[] torch = {
      0.5,
      0.48096988312782174,
      0.42677669529663687,
      0.3456708580912725,
      0.25,
      0.15432914190872757,
      0.07322330470336313,
      0.019030116872178316,
      0
    };
    for (int k = 0; k < torch.length; k++) {
      assertEquals(torch[k], COSINE_ONLY.at(k), 1e-15, "step " + k);
    }
  }

  @Test
  void theGraphComputesWhatTheHostDoes() {
    List<LearningRate> rates = List.of(OFFICIAL, NO_WARMUP, COSINE, COSINE_ONLY);
    long[] steps = {0, 1, 7, 8, 50, 99, 100, 101, 350, 1099, 1100, 1101, 2499, 2500, 499_999};
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Placeholder<TInt64> step = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
      var operands = rates.stream().map(rate -> rate.apply(tf, step)).toList();
      for (long k : steps) {
        try (Tensor fed = TInt64.scalarOf(k)) {
          Session.Runner runner = session.runner().feed(step, fed);
          operands.forEach(runner::fetch);
          try (Result result = runner.run()) {
            for (int i = 0; i < rates.size(); i++) {
              assertEquals(
                  rates.get(i).at(k),
                  ((TFloat64) result.get(i)).getDouble(),
                  1e-15 * rates.get(i).peak(),
                  rates.get(i) + " at step " + k);
            }
          }
        }
      }
    }
  }

  @Test
  void impossibleSchedulesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LearningRate(-1, 0, Decay.CONSTANT, 10));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate(1, -1, Decay.CONSTANT, 10));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate(1, 10, Decay.COSINE, 10));
  }
}
