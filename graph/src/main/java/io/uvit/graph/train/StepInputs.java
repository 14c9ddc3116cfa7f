package io.uvit.graph.train;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.LatentSpace;
import io.uvit.graph.diffusion.ForwardProcess;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.LabelCheck;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.random.StepRandom;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * What a training step works on. Images or moments, labels and text must be fed; what is made or
 * drawn from them may be fed instead, as golden tests and other runtimes do.
 *
 * @param images uint8 [B, H, W, C]; of a network on pixels
 * @param moments of a network on latents: what the encoder says of the images, float32 [B, H, W, m]
 *     ({@link io.uvit.graph.autoencoder.Posterior#channels})
 * @param labels class labels before label dropout, int32 [B]
 * @param context texts before label dropout, float32 [B, numTokens, contextDim]
 * @param emptyContext what a dropped text is replaced by, float32 [numTokens, contextDim]; only
 *     where texts are dropped
 * @param x0 clean images in [-1, 1], or samples of the posterior in the network's scale, [B, H, W,
 *     C]; may be fed instead of images or moments
 * @param time training times, [B]: t in [0, 1) or n in 1..numSteps; drawn unless fed
 * @param noise [B, H, W, C]; drawn unless fed
 * @param labelsFed labels after label dropout, int32 [B]; may be fed instead of the labels
 * @param labelsChecked the same labels, which no run passes that has one outside the table
 * @param contextFed texts after label dropout, float32 [B, numTokens, contextDim]; may be fed
 *     instead of the texts
 */
public record StepInputs(
    Optional<Placeholder<TUint8>> images,
    Optional<Placeholder<TFloat32>> moments,
    Optional<Placeholder<TInt32>> labels,
    Optional<Placeholder<TFloat32>> context,
    Optional<Placeholder<TFloat32>> emptyContext,
    Operand<TFloat32> x0,
    Operand<TFloat32> time,
    Operand<TFloat32> noise,
    Optional<Operand<TInt32>> labelsFed,
    Optional<Operand<TInt32>> labelsChecked,
    Optional<Operand<TFloat32>> contextFed) {

  /** Adds the placeholders and the draws to {@code tf}'s graph. */
  static StepInputs build(
      Ops tf, Experiment experiment, UViTConfig net, ForwardProcess process, StepRandom random) {
    long batch = experiment.getTrain().getBatchSize();
    double dropout = experiment.getData().getLabelDropout();
    long[] dims = {batch, net.imageHeight(), net.imageWidth(), net.channels()};
    Clean clean =
        experiment.hasLatent()
            ? latents(tf, experiment, dims, random)
            : pixels(tf, given(tf, "images", TUint8.class, dims));
    Operand<TFloat32> x0 = overridable(tf, "x0", clean.x0());
    Operand<TFloat32> time = overridable(tf, "time", process.drawTime(tf, random, batch));
    Operand<TFloat32> noise = overridable(tf, "noise", random.normal("noise", dims));
    Condition condition = new Condition();
    if (net.conditioning() instanceof Conditioning.ClassLabel classes) {
      condition.addLabels(tf, classes, batch, dropout, random);
    } else if (net.conditioning() instanceof Conditioning.Text text) {
      condition.addText(tf, text, batch, dropout, random);
    }
    return new StepInputs(
        clean.images(),
        clean.moments(),
        condition.labels,
        condition.context,
        condition.emptyContext,
        x0,
        time,
        noise,
        condition.labelsFed,
        condition.labelsChecked,
        condition.contextFed);
  }

  /** What clean images are made from. */
  private record Clean(
      Optional<Placeholder<TUint8>> images,
      Optional<Placeholder<TFloat32>> moments,
      Operand<TFloat32> x0) {}

  private static Clean pixels(Ops tf, Placeholder<TUint8> images) {
    Operand<TFloat32> scaled =
        tf.math.sub(
            tf.math.div(tf.dtypes.cast(images, TFloat32.class), tf.constant(127.5f)),
            tf.constant(1f)); // [-1, 1]
    return new Clean(Optional.of(images), Optional.empty(), scaled);
  }

  /** A fresh sample of the posterior each step (official train_ldm.py). */
  private static Clean latents(Ops tf, Experiment experiment, long[] dims, StepRandom random) {
    LatentSpace space = LatentSpace.of(experiment.getLatent(), Autoencoder.of(experiment));
    Placeholder<TFloat32> moments =
        given(tf, "moments", TFloat32.class, dims[0], dims[1], dims[2], space.momentsChannels());
    Operand<TFloat32> drawn = space.sample(tf, moments, random.normal("posterior", dims));
    return new Clean(Optional.empty(), Optional.of(moments), drawn);
  }

  /** The condition's inputs, none at first. */
  private static final class Condition {
    private Optional<Placeholder<TInt32>> labels = Optional.empty();
    private Optional<Placeholder<TFloat32>> context = Optional.empty();
    private Optional<Placeholder<TFloat32>> emptyContext = Optional.empty();
    private Optional<Operand<TInt32>> labelsFed = Optional.empty();
    private Optional<Operand<TInt32>> labelsChecked = Optional.empty();
    private Optional<Operand<TFloat32>> contextFed = Optional.empty();

    void addLabels(
        Ops tf, Conditioning.ClassLabel classes, long batch, double dropout, StepRandom random) {
      Placeholder<TInt32> given = given(tf, "labels", TInt32.class, batch);
      Operand<TInt32> fed =
          overridable(tf, "labels_fed", dropLabels(tf, given, classes, dropout, random));
      labels = Optional.of(given);
      labelsFed = Optional.of(fed);
      labelsChecked =
          Optional.of(
              tf.withControlDependencies(List.of(LabelCheck.of(tf, classes, fed))).identity(fed));
    }

    /** Texts are replaced by the empty one with probability label_dropout (official COCO path). */
    void addText(Ops tf, Conditioning.Text text, long batch, double dropout, StepRandom random) {
      Placeholder<TFloat32> given =
          given(tf, "context", TFloat32.class, batch, text.numTokens(), text.contextDim());
      Operand<TFloat32> kept = given;
      if (dropout > 0) {
        Placeholder<TFloat32> empty =
            given(tf, "empty_context", TFloat32.class, text.numTokens(), text.contextDim());
        emptyContext = Optional.of(empty);
        Operand<TBool> dropped =
            tf.reshape(dropped(tf, batch, dropout, random), tf.constant(new long[] {batch, 1, 1}));
        kept = tf.select(dropped, tf.expandDims(empty, tf.constant(0)), given);
      }
      context = Optional.of(given);
      contextFed = Optional.of(overridable(tf, "context_fed", kept));
    }
  }

  private static <T extends TType> Placeholder<T> given(
      Ops tf, String name, Class<T> type, long... dims) {
    return tf.withName(name).placeholder(type, Placeholder.shape(Shape.of(dims)));
  }

  /** A placeholder of the value's own shape that may be fed, and else is the value. */
  private static <T extends TType> Operand<T> overridable(Ops tf, String name, Operand<T> value) {
    return tf.withName(name).placeholderWithDefault(value, value.shape());
  }

  /**
   * Replaces labels by the null class with probability label_dropout (official datasets.py
   * CFGDataset).
   */
  private static Operand<TInt32> dropLabels(
      Ops tf,
      Operand<TInt32> given,
      Conditioning.ClassLabel classes,
      double dropout,
      StepRandom random) {
    if (dropout == 0) {
      return given;
    }
    int nullClass =
        classes
            .nullClass()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "data.label_dropout: found "
                            + dropout
                            + ", but the model has no null class"));
    long batch = given.shape().size(0);
    return tf.select(
        dropped(tf, batch, dropout, random),
        tf.fill(tf.constant(new long[] {batch}), tf.constant(nullClass)),
        given);
  }

  /** Which conditions are dropped, [B]. */
  private static Operand<TBool> dropped(Ops tf, long batch, double dropout, StepRandom random) {
    return tf.math.less(random.uniform("label_dropout", batch), tf.constant((float) dropout));
  }
}
