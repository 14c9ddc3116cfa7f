package io.uvit.ops.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.Eval;
import io.uvit.ops.parameters.ParameterList;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Each layer against numbers worked out by hand. */
class LayersTest {

  /** Runs a layer with weights by parameter name. */
  private static float[] run(
      Map<String, float[]> weights, BiFunction<ForwardPass, Ops, Operand<TFloat32>> layer) {
    return Eval.one(
        tf ->
            layer.apply(
                new ForwardPass(
                    tf,
                    spec -> Eval.constant(tf, weights.get(spec.name()), spec.shape().asArray())),
                tf));
  }

  @Test
  void timestepEmbeddingIsTheOfficialOne() {
    float[] official = {
      -0.99991246f, 0.9506468f, 0.27886404f, 0.87782216f,
      0.01323153f, -0.31027515f, -0.96033059f, 0.47898669f
    };
    float[] even =
        Eval.one(tf -> TimestepEmbedding.apply(tf, tf.constant(new float[] {499.5f}), 8));
    assertArrayEquals(official, even, 2e-5f);
    float[] odd = Eval.one(tf -> TimestepEmbedding.apply(tf, tf.constant(new float[] {0, 1}), 3));
    assertArrayEquals(
        new float[] {1, 0, 0, (float) Math.cos(1), (float) Math.sin(1), 0}, odd, 1e-6f);
  }

  @Test
  void layerNormScalesAndShifts() {
    LayerNorm norm = LayerNorm.declare(new ParameterList(), "n", 4);
    float[] found =
        run(
            Map.of("n.weight", new float[] {1, 2, 1, 1}, "n.bias", new float[] {0, 0, 10, 0}),
            (pass, tf) ->
                norm.apply(pass, Eval.constant(tf, new float[] {1, 2, 3, 4, 7, 7, 7, 7}, 2, 4)));
    double inverse = 1 / Math.sqrt(1.25 + 1e-5);
    assertArrayEquals(
        new float[] {
          (float) (-1.5 * inverse),
          (float) (2 * -0.5 * inverse),
          (float) (10 + 0.5 * inverse),
          (float) (1.5 * inverse),
          0,
          0,
          10,
          0
        },
        found,
        1e-6f);
  }

  @Test
  void linearHasPyTorchsWeightLayout() {
    Linear linear = Linear.declare(new ParameterList(), "l", 2, 3, true);
    float[] found =
        run(
            Map.of("l.weight", new float[] {1, 2, 3, 4, 5, 6}, "l.bias", new float[] {10, 20, 30}),
            (pass, tf) -> linear.apply(pass, Eval.constant(tf, new float[] {1, -1}, 1, 2)));
    assertArrayEquals(new float[] {9, 19, 29}, found);
  }

  /** Two heads of width 1; q = x, k = 2x, v = 3x; then the two features change places. */
  @Test
  void attentionMixesEachHeadWithinItsSequence() {
    Attention attention =
        Attention.declare(new ParameterList(), "a", 2, 2, false, OptionalDouble.empty());
    assertEquals(1, attention.scale());
    float[] x = {1, 2, 3, -1, 0.5f, 0.25f, -2, 1}; // two sequences of two tokens
    float[] found =
        run(
            Map.of(
                "a.qkv.weight", new float[] {1, 0, 0, 1, 2, 0, 0, 2, 3, 0, 0, 3},
                "a.proj.weight", new float[] {0, 1, 1, 0},
                "a.proj.bias", new float[] {10, 20}),
            (pass, tf) -> attention.apply(pass, Eval.constant(tf, x, 4, 2), 2));
    for (int sequence = 0; sequence < 2; sequence++) {
      for (int token = 0; token < 2; token++) {
        for (int head = 0; head < 2; head++) {
          int at = 4 * sequence + head;
          double q = x[at + 2 * token];
          double w0 = Math.exp(q * 2 * x[at]);
          double w1 = Math.exp(q * 2 * x[at + 2]);
          double mixed = 3 * (w0 * x[at] + w1 * x[at + 2]) / (w0 + w1);
          int out = 4 * sequence + 2 * token + (1 - head);
          assertEquals(mixed + (head == 1 ? 10 : 20), found[out], 1e-5, "output " + out);
        }
      }
    }
  }

  @Test
  void attentionScale() {
    ParameterList list = new ParameterList();
    assertEquals(0.5f, Attention.declare(list, "a", 8, 2, false, OptionalDouble.empty()).scale());
    assertEquals(0.3f, Attention.declare(list, "b", 8, 2, true, OptionalDouble.of(0.3)).scale());
    assertTrue(list.specs().stream().anyMatch(s -> s.name().equals("b.qkv.bias")));
    assertTrue(list.specs().stream().noneMatch(s -> s.name().equals("a.qkv.bias")));
    assertThrows(
        IllegalArgumentException.class,
        () -> Attention.declare(list, "c", 8, 3, false, OptionalDouble.empty()));
  }

  @Test
  void geluIsTheExactOne() {
    float[] x = {-3, -1, 0, 0.5f, 2};
    // x Phi(x), Phi from tables of the normal distribution.
    float[] exact = {-0.00404970f, -0.15865525f, 0, 0.34573123f, 1.9544997f};
    assertArrayEquals(exact, run(Map.of(), (pass, tf) -> Gelu.fused(tf, tf.constant(x))), 1e-6f);
    float[] silu = Eval.one(tf -> Mlp.silu(tf, tf.constant(new float[] {0, 1})));
    assertArrayEquals(new float[] {0, 0.7310586f}, silu, 1e-6f);
  }

  @Test
  void patchesAreTakenRowByRowAndChannelFirst() {
    int height = 2;
    int width = 6;
    float[] image = new float[height * width * 2];
    for (int i = 0; i < image.length; i++) {
      image[i] = i;
    }
    PatchEmbed embed = PatchEmbed.declare(new ParameterList(), "p", 2, 2, 1);
    float[] weight = {1, 10, 100, 1000, -1, -10, -100, -1000}; // [1, C, p, p]
    float[] found =
        run(
            Map.of("p.proj.weight", weight, "p.proj.bias", new float[] {0.5f}),
            (pass, tf) ->
                embed.apply(pass, Eval.constant(tf, image, 1, height, width, 2), height, width));
    // Channel 1 is channel 0 plus 1 everywhere: each patch sums to minus the kernel's sum.
    assertArrayEquals(new float[] {-1110.5f, -1110.5f, -1110.5f}, found);
    float[] first = {1, 10, 100, 1000, 0, 0, 0, 0};
    found =
        run(
            Map.of("p.proj.weight", first, "p.proj.bias", new float[] {0}),
            (pass, tf) ->
                embed.apply(pass, Eval.constant(tf, image, 1, height, width, 2), height, width));
    assertArrayEquals(
        new float[] {0 + 20 + 1200 + 14000, 4 + 60 + 1600 + 18000, 8 + 100 + 2000 + 22000}, found);
  }

  @Test
  void convolutionIsCrossCorrelationWithZerosAround() {
    Conv2d conv = Conv2d.declare(new ParameterList(), "c", 1, 1, 3);
    float[] found =
        run(
            Map.of("c.weight", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, "c.bias", new float[] {1}),
            (pass, tf) ->
                conv.apply(pass, Eval.constant(tf, new float[] {1, 0, 0, 2}, 1, 2, 2, 1)));
    assertArrayEquals(new float[] {1 + 5 + 18, 1 + 4 + 16, 1 + 2 + 12, 1 + 1 + 10}, found);
    assertThrows(
        IllegalArgumentException.class, () -> Conv2d.declare(new ParameterList(), "c", 1, 1, 2));
  }

  @Test
  void embeddingPicksRows() {
    Embedding embedding = Embedding.declare(new ParameterList(), "e", 3, 2);
    float[] found =
        run(
            Map.of("e.weight", new float[] {1, 2, 3, 4, 5, 6}),
            (pass, tf) -> embedding.apply(pass, tf.constant(new int[] {2, 0})));
    assertArrayEquals(new float[] {5, 6, 1, 2}, found);
  }
}
