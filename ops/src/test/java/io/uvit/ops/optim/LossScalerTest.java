package io.uvit.ops.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.Eval;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The scale's course against the rules of PyTorch's GradScaler, written down once more from {@code
 * aten/src/ATen/native/cuda/AmpKernels.cu} (amp_update_scale_cuda_kernel).
 */
class LossScalerTest {
  private static final LossScaler QUICK = new LossScaler(8, 2, 0.5f, 3, 1);

  /** What the kernel does to its two numbers. */
  private static final class Torch {
    private float scale;
    private int growthTracker;

    Torch(float scale) {
      this.scale = scale;
    }

    void update(LossScaler rules, boolean foundInf) {
      if (foundInf) {
        scale = scale * rules.backoffFactor();
        growthTracker = 0;
      } else {
        int successful = growthTracker + 1;
        if (successful == rules.growthInterval()) {
          float grown = scale * rules.growthFactor();
          if (Float.isFinite(grown)) {
            scale = grown;
          }
          growthTracker = 0;
        } else {
          growthTracker = successful;
        }
      }
    }
  }

  @Test
  void theOfficialNumbersAreThoseOfGradScaler() {
    assertEquals(new LossScaler(65536, 2, 0.5f, 2000, 1), LossScaler.OFFICIAL);
    assertEquals(new LossScaler.State(65536, 0), LossScaler.OFFICIAL.start());
  }

  @Test
  void itGrowsAfterTwoThousandFiniteStepsInARowAndHalvesAtOnce() {
    LossScaler.State state = LossScaler.OFFICIAL.start();
    for (int i = 0; i < 1999; i++) {
      state = LossScaler.OFFICIAL.next(state, true);
    }
    assertEquals(new LossScaler.State(65536, 1999), state);
    assertEquals(new LossScaler.State(131072, 0), LossScaler.OFFICIAL.next(state, true));
    assertEquals(new LossScaler.State(32768, 0), LossScaler.OFFICIAL.next(state, false));
  }

  @Test
  void onTheHostItIsTorchsUntilTheMinimum() {
    Random random = new Random(5);
    LossScaler.State state = QUICK.start();
    Torch torch = new Torch(QUICK.initial());
    int grown = 0;
    for (int i = 0; i < 10_000; i++) {
      boolean finite = random.nextInt(8) != 0;
      float before = state.scale();
      state = QUICK.next(state, finite);
      torch.update(QUICK, !finite);
      torch.scale = Math.max(torch.scale, QUICK.minimum());
      assertEquals(torch.scale, state.scale());
      assertEquals(torch.growthTracker, state.growthTracker());
      grown += state.scale() > before ? 1 : 0;
    }
    assertTrue(grown > 100, "grew " + grown + " times");
  }

  @Test
  void itNeitherFallsBelowItsMinimumNorGrowsToInfinity() {
    assertEquals(new LossScaler.State(1, 0), QUICK.next(new LossScaler.State(1, 2), false));
    float largest = 0x1p127f;
    assertEquals(
        new LossScaler.State(largest, 0), QUICK.next(new LossScaler.State(largest, 2), true));
  }

  @Test
  void inTheGraphItIsThatOfTheHost() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> scale =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      Placeholder<TInt64> tracker = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
      Placeholder<TBool> finite = tf.placeholder(TBool.class, Placeholder.shape(Shape.scalar()));
      LossScaler.Values next = QUICK.next(tf, new LossScaler.Values(scale, tracker), finite);
      Random random = new Random(6);
      LossScaler.State state = new LossScaler.State(0x1p126f, 0);
      for (int i = 0; i < 600; i++) {
        // The first hundred up against infinity, then down to the minimum, then both ways.
        boolean made = i < 100 || (i >= 300 && random.nextInt(5) != 0);
        try (Tensor s = TFloat32.scalarOf(state.scale());
            Tensor t = TInt64.scalarOf(state.growthTracker());
            Tensor f = TBool.scalarOf(made);
            Result result =
                session
                    .runner()
                    .feed(scale, s)
                    .feed(tracker, t)
                    .feed(finite, f)
                    .fetch(next.scale())
                    .fetch(next.growthTracker())
                    .run()) {
          state = QUICK.next(state, made);
          assertEquals(state.scale(), ((TFloat32) result.get(0)).getFloat(), "step " + i);
          assertEquals(state.growthTracker(), ((TInt64) result.get(1)).getLong(), "step " + i);
        }
        assertTrue(i != 99 || state.scale() == 0x1p127f, "up to " + state.scale());
        assertTrue(i != 299 || state.scale() == 1, "down to " + state.scale());
      }
    }
  }

  @Test
  void aSmallerScaleMayHelpWhereTheLossIsFiniteAndTheScaleAboveTheMinimum() {
    for (float[] c :
        new float[][] {
          {2, 0.5f, 1}, {1, 0.5f, 0}, {65536, Float.NaN, 0}, {65536, Float.POSITIVE_INFINITY, 0}
        }) {
      float[] found =
          Eval.one(
              tf -> {
                Operand<TBool> may = QUICK.mayFall(tf, tf.constant(c[0]), tf.constant(c[1]));
                return tf.dtypes.cast(may, TFloat32.class);
              });
      assertEquals(c[2], found[0], "scale " + c[0] + ", loss " + c[1]);
    }
  }

  @Test
  void rulesThatCannotBeAreRefused() {
    for (LossScalerArguments bad :
        new LossScalerArguments[] {
          new LossScalerArguments(3, 2, 0.5f, 10, 1),
          new LossScalerArguments(8, 1, 0.5f, 10, 1),
          new LossScalerArguments(8, 2, 1, 10, 1),
          new LossScalerArguments(8, 2, 0.3f, 10, 1),
          new LossScalerArguments(8, 2, 0.5f, 0, 1),
          new LossScalerArguments(8, 2, 0.5f, 10, 16),
          new LossScalerArguments(0, 2, 0.5f, 10, 0),
          new LossScalerArguments(Float.NaN, 2, 0.5f, 10, 1)
        }) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, bad::create, bad.toString());
      assertTrue(refused.getMessage().contains("found"), refused.getMessage());
    }
  }

  private record LossScalerArguments(
      float initial, float growth, float backoff, long interval, float minimum) {
    LossScaler create() {
      return new LossScaler(initial, growth, backoff, interval, minimum);
    }
  }
}
