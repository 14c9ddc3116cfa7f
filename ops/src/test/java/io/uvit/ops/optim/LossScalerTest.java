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

  /** Rules in a graph. */
  private static final class InGraph implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Session session = new Session(graph);
    private final Placeholder<TFloat32> scale;
    private final Placeholder<TInt64> tracker;
    private final Placeholder<TBool> finite;
    private final LossScaler.Values next;

    InGraph(LossScaler rules) {
      Ops tf = Ops.create(graph);
      scale = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      tracker = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
      finite = tf.placeholder(TBool.class, Placeholder.shape(Shape.scalar()));
      next = rules.next(tf, new LossScaler.Values(scale, tracker), finite);
    }

    /** What the rules make of two numbers. */
    After after(float scaleBefore, long trackerBefore, boolean made) {
      try (Tensor s = TFloat32.scalarOf(scaleBefore);
          Tensor t = TInt64.scalarOf(trackerBefore);
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
        return new After(((TFloat32) result.get(0)).getFloat(), ((TInt64) result.get(1)).getLong());
      }
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }

  private record After(float scale, long growthTracker) {}

  @Test
  void theOfficialNumbersAreThoseOfGradScaler() {
    assertEquals(new LossScaler(65536, 2, 0.5f, 2000, 1), LossScaler.OFFICIAL);
  }

  @Test
  void itGrowsAfterTwoThousandFiniteStepsInARowAndHalvesAtOnce() {
    try (InGraph official = new InGraph(LossScaler.OFFICIAL)) {
      assertEquals(new After(65536, 1), official.after(65536, 0, true));
      assertEquals(new After(65536, 1999), official.after(65536, 1998, true));
      assertEquals(new After(131072, 0), official.after(65536, 1999, true));
      assertEquals(new After(32768, 0), official.after(65536, 1999, false));
    }
  }

  @Test
  void itIsTorchsUntilTheMinimum() {
    Random random = new Random(6);
    Torch torch = new Torch(0x1p126f);
    After found = new After(torch.scale, 0);
    int grown = 0;
    try (InGraph quick = new InGraph(QUICK)) {
      for (int i = 0; i < 3000; i++) {
        // The first hundred up against infinity, then down to the minimum, then both ways.
        boolean made = i < 100 || (i >= 300 && random.nextInt(8) != 0);
        float before = found.scale();
        found = quick.after(before, found.growthTracker(), made);
        torch.update(QUICK, !made);
        torch.scale = Math.max(torch.scale, QUICK.minimum());
        assertEquals(new After(torch.scale, torch.growthTracker), found, "step " + i);
        assertTrue(i != 99 || found.scale() == 0x1p127f, "up to " + found.scale());
        assertTrue(i != 299 || found.scale() == 1, "down to " + found.scale());
        grown += found.scale() > before ? 1 : 0;
      }
    }
    assertTrue(grown > 100, "grew " + grown + " times");
  }

  @Test
  void itNeitherFallsBelowItsMinimumNorGrowsToInfinity() {
    try (InGraph quick = new InGraph(QUICK)) {
      assertEquals(new After(1, 0), quick.after(1, 2, false));
      float largest = 0x1p127f;
      assertEquals(new After(largest, 0), quick.after(largest, 2, true));
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
