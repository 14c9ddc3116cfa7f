package io.uvit.graph.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.SkipConnection;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class UViTTest {
  private static final Conditioning NONE = new Conditioning.Unconditional();
  private static final Conditioning LABEL = new Conditioning.ClassLabel(3, OptionalInt.of(2));
  private static final Conditioning TEXT = new Conditioning.Text(4, 6);

  private static UViTConfig config(int height, int width, Conditioning given) {
    return new UViTConfig(
        height, width, 2, 2, 8, 2, 2, 4, false, OptionalDouble.empty(), false, true, false, given);
  }

  /**
   * Images that are not square: without attention each patch of the output depends on the same
   * patch of the input and on no other.
   */
  @Test
  void patchesOfAWideImageKeepTheirPlaces() {
    int height = 4;
    int width = 6;
    float[] image = new float[height * width * 2];
    float[] before = predict(height, width, image);
    assertEquals(image.length, before.length);
    int y = 3;
    int x = 2;
    image[(y * width + x) * 2] = 1;
    float[] after = predict(height, width, image);
    for (int i = 0; i < image.length; i++) {
      boolean samePatch = i / 2 / width / 2 == y / 2 && i / 2 % width / 2 == x / 2;
      if (samePatch) {
        assertNotEquals(before[i], after[i], "output " + i + " should change");
      } else {
        assertEquals(before[i], after[i], "output " + i + " should not change");
      }
    }
  }

  private static float[] predict(int height, int width, float[] image) {
    UViT model = new UViT(config(height, width, NONE));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ForwardPass pass = new ForwardPass(tf, spec -> weight(tf, model, spec));
      Operand<TFloat32> output =
          model.apply(
              pass,
              new UViT.Inputs(
                  tf.constant(Shape.of(1, height, width, 2), DataBuffers.of(image, true, false)),
                  tf.constant(new float[] {10}),
                  Optional.empty(),
                  Optional.empty()));
      try (Result result = session.runner().fetch(output).run()) {
        TFloat32 tensor = (TFloat32) result.get(0);
        assertEquals(Shape.of(1, height, width, 2), tensor.shape());
        float[] values = new float[(int) tensor.size()];
        tensor.asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  private static Operand<TFloat32> weight(Ops tf, UViT model, ParameterSpec spec) {
    float[] values = new float[(int) spec.size()];
    if (!spec.name().contains("attn.proj")) {
      int index = model.parameters().indexOf(spec);
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) (0.3 * Math.sin(0.7 * j + index));
      }
    }
    return tf.constant(spec.shape(), DataBuffers.of(values, true, false));
  }

  @Test
  void aMissingOrSuperfluousConditionIsRefused() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Optional<Operand<TInt32>> label = Optional.of(tf.constant(new int[] {1}));
      Optional<Operand<TFloat32>> context =
          Optional.of(tf.constant(Shape.of(1, 4, 6), DataBuffers.of(new float[24], true, false)));
      refused(tf, NONE, label, Optional.empty(), "label: this network takes none, found one");
      refused(tf, NONE, Optional.empty(), context, "context: this network takes none, found one");
      refused(
          tf,
          LABEL,
          Optional.empty(),
          Optional.empty(),
          "label: this network needs one, found none");
      refused(tf, LABEL, label, context, "context: this network takes none, found one");
      refused(
          tf,
          TEXT,
          Optional.empty(),
          Optional.empty(),
          "context: this network needs one, found none");
    }
  }

  private static void refused(
      Ops tf,
      Conditioning given,
      Optional<Operand<TInt32>> label,
      Optional<Operand<TFloat32>> context,
      String message) {
    UViT model = new UViT(config(4, 4, given));
    ForwardPass pass = new ForwardPass(tf, spec -> weight(tf, model, spec));
    UViT.Inputs inputs =
        new UViT.Inputs(
            tf.constant(Shape.of(1, 4, 4, 2), DataBuffers.of(new float[32], true, false)),
            tf.constant(new float[] {1}),
            label,
            context);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> model.apply(pass, inputs));
    assertEquals(message, refused.getMessage());
  }

  @Test
  void configsThatCannotBeBuiltAreRefused() {
    refused("imageHeight", model().setImageHeight(7));
    refused("imageWidth", model().setImageWidth(9));
    refused("imageHeight", model().setImageHeight(0));
    refused("channels", model().setChannels(0));
    refused("patchSize", model().setPatchSize(0));
    refused("embedDim", model().setEmbedDim(0));
    refused("numHeads", model().setNumHeads(3));
    refused("numHeads", model().setNumHeads(0));
    refused("depth", model().setDepth(3));
    refused("depth", model().setDepth(-2));
    refused("mlpRatio", model().setMlpRatio(0.1));
    assertThrows(
        IllegalArgumentException.class, () -> new Conditioning.ClassLabel(10, OptionalInt.of(10)));
    assertThrows(
        IllegalArgumentException.class, () -> new Conditioning.ClassLabel(0, OptionalInt.empty()));
    assertThrows(IllegalArgumentException.class, () -> new Conditioning.Text(0, 4));
  }

  private static Model.Builder model() {
    return Model.newBuilder()
        .setImageHeight(8)
        .setImageWidth(4)
        .setChannels(3)
        .setPatchSize(2)
        .setEmbedDim(8)
        .setDepth(2)
        .setNumHeads(2);
  }

  private static void refused(String field, Model.Builder model) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> UViTConfig.of(model.build()));
    assertTrue(refused.getMessage().startsWith(field + ": found "), refused.getMessage());
  }

  @Test
  void fieldsLeftOutHaveTheOfficialDefaults() {
    UViTConfig config = UViTConfig.of(model().build());
    assertEquals(4, config.mlpRatio());
    assertEquals(32, config.mlpHiddenDim());
    assertTrue(config.skip() && config.finalConv());
    assertTrue(!config.qkvBias() && !config.mlpTimeEmbed());
    assertEquals(8, config.numPatches());
    assertEquals(9, config.numTokens());
    assertEquals(10, UViTConfig.of(model().setClassConditional(classes()).build()).numTokens());
    assertEquals(5, config(4, 4, TEXT).numExtraTokens());
    UViTConfig none = UViTConfig.of(model().setSkip(SkipConnection.NONE).build());
    List<String> names = new UViT(none).parameters().stream().map(ParameterSpec::name).toList();
    assertTrue(names.stream().noneMatch(n -> n.contains("skip_linear")), names::toString);
  }

  private static ClassConditional classes() {
    return ClassConditional.newBuilder().setNumClasses(5).build();
  }
}
