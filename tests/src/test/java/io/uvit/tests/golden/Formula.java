package io.uvit.tests.golden;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Weights and inputs by formula, so that a golden number needs no file beside it. */
final class Formula {
  /** Images of a batch. */
  static final int BATCH = 2;

  /** Height and width of the images. */
  static final int SIZE = 8;

  private Formula() {}

  /**
   * The weights F(a) of parameter {@code index}: element j = 1, 2, ... is a sin(0.1 j + index), and
   * the scale of a normalisation is 1 more.
   */
  static float[] weights(List<ParameterSpec> specs, int index, double a) {
    ParameterSpec spec = specs.get(index);
    boolean scale =
        spec.name().contains("norm")
            && spec.name().endsWith("weight")
            && spec.shape().numDimensions() == 1;
    float[] values = new float[Math.toIntExact(spec.size())];
    for (int j = 1; j <= values.length; j++) {
      values[j - 1] = (float) (a * Math.sin(0.1 * j + index) + (scale ? 1 : 0));
    }
    return values;
  }

  /** The input X: element k = 0, 1, ... is cos(0.37 k). */
  static float[] input(int length) {
    float[] values = new float[length];
    for (int k = 0; k < length; k++) {
      values[k] = (float) Math.cos(0.37 * k);
    }
    return values;
  }

  /** A batch of images given in PyTorch's order. */
  static Operand<TFloat32> images(Ops tf, float[] nchw, int channels) {
    float[] nhwc = Layout.toNhwc(nchw, BATCH, channels, SIZE, SIZE);
    return constant(tf, nhwc, Shape.of(BATCH, SIZE, SIZE, channels));
  }

  /** A constant of a shape. */
  static Operand<TFloat32> constant(Ops tf, float[] values, Shape shape) {
    return tf.constant(shape, DataBuffers.of(values, true, false));
  }

  /** The small network: D 16, depth 4, two heads, patch 2. */
  static UViTConfig net(
      int channels, Conditioning given, boolean conv, boolean skip, boolean extras) {
    return new UViTConfig(
        SIZE,
        SIZE,
        channels,
        2,
        16,
        4,
        2,
        4,
        extras,
        OptionalDouble.empty(),
        extras,
        skip,
        conv,
        given);
  }

  /** Images with times 3 and 487.25, labels 1 and 4, texts X. */
  static UViT.Inputs inputs(Ops tf, UViTConfig config, Operand<TFloat32> x) {
    boolean labelled = config.conditioning() instanceof Conditioning.ClassLabel;
    return new UViT.Inputs(
        x,
        tf.constant(new float[] {3.0f, 487.25f}),
        labelled ? Optional.of(tf.constant(new int[] {1, 4})) : Optional.empty(),
        config.conditioning() instanceof Conditioning.Text text
            ? Optional.of(
                constant(
                    tf,
                    input(BATCH * text.numTokens() * text.contextDim()),
                    Shape.of(BATCH, text.numTokens(), text.contextDim())))
            : Optional.empty());
  }
}
