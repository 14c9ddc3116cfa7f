package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.latent.Autoencoders;
import io.uvit.runner.sample.InputImages;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.pipeline.Inpainting;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.Start;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Turns a command line of {@code uvit sample} into a request of the pipeline. */
final class SampleRequests {
  private static final double STRENGTH = 0.75;

  /** Images of a comparison for which no number is given: its columns. */
  private static final int COMPARED = 10;

  private final Arguments arguments;
  private final Console console;
  private final UViTConfig model;
  private final Optional<AutoencoderSession> autoencoder;

  SampleRequests(Arguments arguments, Console console, UViTPipeline pipeline) {
    this(arguments, console, pipeline.experiment(), pipeline.autoencoder());
  }

  /**
   * For a model.
   *
   * @param autoencoder of a model on latents
   */
  SampleRequests(
      Arguments arguments,
      Console console,
      Experiment experiment,
      Optional<AutoencoderSession> autoencoder) {
    this.arguments = arguments;
    this.console = console;
    this.model = UViTConfig.of(experiment.getModel());
    this.autoencoder = autoencoder;
  }

  /**
   * A request and what its pictures are to be called.
   *
   * @param labels one for each image; empty where the model is unconditional
   */
  record Asked(SampleRequest request, int count, int[] labels, ImageShape shape) {}

  /**
   * Refuses options that do not go together; needs no model.
   *
   * @throws UsageException naming them
   */
  static void checkCombinations(Arguments arguments) throws UsageException {
    refuseWithout(arguments, SampleOptions.STRENGTH, SampleOptions.INIT_IMAGE);
    refuseWithout(arguments, SampleOptions.MASK, SampleOptions.INIT_IMAGE);
    refuseWithout(arguments, SampleOptions.COMPARE_STEPS, SampleOptions.COMPARE);
    refuseWithout(arguments, SampleOptions.CLASSIFY, SampleOptions.COMPARE);
    refuseWith(arguments, SampleOptions.INTERPOLATE_TO, SampleOptions.INIT_IMAGE);
    refuseWith(arguments, SampleOptions.COMPARE, SampleOptions.SOLVER);
    refuseWith(arguments, SampleOptions.COMPARE, SampleOptions.STEPS);
    refuseWith(arguments, SampleOptions.COMPARE, SampleOptions.MASK);
  }

  private static void refuseWithout(Arguments arguments, String option, String needed)
      throws UsageException {
    if (arguments.has(option) && !arguments.has(needed)) {
      throw new UsageException("--%s: found without --%s, wanted both".formatted(option, needed));
    }
  }

  private static void refuseWith(Arguments arguments, String option, String other)
      throws UsageException {
    if (arguments.has(option) && arguments.has(other)) {
      throw new UsageException(
          "--%s and --%s: found both, wanted one of them".formatted(option, other));
    }
  }

  /** Whether the command line says itself what guidance leads away from. */
  boolean hasNegative() {
    return arguments.has(SampleOptions.NEGATIVE_LABELS)
        || arguments.has(SampleOptions.NEGATIVE_CONTEXTS);
  }

  /**
   * The request.
   *
   * @param settings the whole sample section
   * @param counted whether its number of images was asked for
   * @throws UsageException if an option does not fit the model
   * @throws IOException if an image cannot be read
   */
  Asked request(Sample settings, boolean counted) throws UsageException, IOException {
    ImageShape shape = Autoencoders.shownShape(model, autoencoder);
    List<Path> files = initImages();
    List<Integer> given = arguments.integers(SampleOptions.LABELS, 0, Integer.MAX_VALUE);
    TextContexts.check(arguments, model.conditioning());
    Optional<TextContexts> texts =
        model.conditioning() instanceof Conditioning.Text text
            ? Optional.of(new TextContexts(arguments, console, text))
            : Optional.empty();
    float[] contexts = texts.isPresent() ? texts.get().contexts() : new float[0];
    int conditions = texts.map(t -> contexts.length / t.each()).orElse(given.size());
    int count = counted ? settings.getCount() : count(settings, files.size(), conditions);
    int[] labels = labels(given, count);
    SampleRequest.Builder request = SampleRequest.builder().settings(settings).count(count);
    arguments
        .longInteger(SampleOptions.SEED, Long.MIN_VALUE, Long.MAX_VALUE)
        .ifPresent(request::seed);
    arguments
        .longInteger(SampleOptions.FIRST_IMAGE, 0, Long.MAX_VALUE - count)
        .ifPresent(request::firstImage);
    if (labels.length > 0) {
      request.labels(labels);
    }
    if (texts.isPresent()) {
      request.contexts(contexts);
      texts.get().negative(settings.getGuidanceScale()).ifPresent(request::negativeContexts);
    }
    setNegative(request, settings);
    setImages(request, files, shape, count);
    setInterpolation(request, given, count);
    return new Asked(request.build(), count, labels, shape);
  }

  private int count(Sample settings, int files, int conditions) {
    if (files > 0) {
      return Math.max(files, conditions);
    }
    if (arguments.has(SampleOptions.CONTEXTS)) {
      return conditions;
    }
    return arguments.has(SampleOptions.COMPARE) ? COMPARED : settings.getCount();
  }

  /**
   * Given labels in turn; without any, equal shares of all classes but the null class, in order.
   */
  private int[] labels(List<Integer> given, int count) throws UsageException {
    if (!(model.conditioning() instanceof Conditioning.ClassLabel classes)) {
      if (!given.isEmpty()) {
        throw new UsageException(
            "--labels: this model is not class-conditional, found labels, wanted none");
      }
      return new int[0];
    }
    checkLabels(SampleOptions.LABELS, given, classes.numClasses());
    int number = classes.numClasses() - (classes.nullClass().isPresent() ? 1 : 0);
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = given.isEmpty() ? (int) ((long) i * number / count) : given.get(i % given.size());
    }
    return labels;
  }

  private static void checkLabels(String option, List<Integer> labels, int numClasses)
      throws UsageException {
    for (int label : labels) {
      if (label >= numClasses) {
        throw new UsageException(
            "--%s: found %d, wanted 0..%d".formatted(option, label, numClasses - 1));
      }
    }
  }

  private void setNegative(SampleRequest.Builder request, Sample settings) throws UsageException {
    List<Integer> negative =
        arguments.integers(SampleOptions.NEGATIVE_LABELS, 0, Integer.MAX_VALUE);
    if (negative.isEmpty()) {
      return;
    }
    if (settings.getGuidanceScale() == 1) {
      throw new UsageException(
          "--negative-labels: found without guidance, wanted a --guidance-scale other than 1");
    }
    if (model.conditioning() instanceof Conditioning.ClassLabel classes) {
      checkLabels(SampleOptions.NEGATIVE_LABELS, negative, classes.numClasses());
    }
    request.negativeLabels(negative.stream().mapToInt(Integer::intValue).toArray());
  }

  private List<Path> initImages() throws UsageException {
    List<Path> files = new ArrayList<>();
    Optional<String> list = arguments.text(SampleOptions.INIT_IMAGE);
    if (list.isPresent()) {
      for (String file : list.get().split(",", -1)) {
        files.add(console.resolve(file));
      }
    }
    return files;
  }

  private void setImages(
      SampleRequest.Builder request, List<Path> files, ImageShape shape, int count)
      throws UsageException, IOException {
    if (files.isEmpty()) {
      return;
    }
    float[] images =
        autoencoder.isPresent()
            ? autoencoder.get().latents(InputImages.readBytes(files, shape))
            : InputImages.read(files, shape);
    int length = model.imageHeight() * model.imageWidth() * model.channels();
    float[] each = files.size() == 1 ? images : repeated(images, count * length);
    boolean masked = arguments.has(SampleOptions.MASK);
    double strength =
        arguments.number(SampleOptions.STRENGTH, Double.MIN_VALUE, 1).orElse(masked ? 1 : STRENGTH);
    if (!masked || arguments.has(SampleOptions.STRENGTH)) {
      request.start(new Start.Images(strength, each));
    }
    if (masked) {
      Path mask = arguments.requiredPath(SampleOptions.MASK, console);
      request.inpainting(
          new Inpainting(
              InputImages.readMask(mask, model.imageHeight(), model.imageWidth()), each));
    }
  }

  private static float[] repeated(float[] values, int length) {
    float[] all = new float[length];
    for (int i = 0; i < length; i++) {
      all[i] = values[i % values.length];
    }
    return all;
  }

  private void setInterpolation(SampleRequest.Builder request, List<Integer> labels, int count)
      throws UsageException {
    OptionalLong other =
        arguments.longInteger(SampleOptions.INTERPOLATE_TO, Long.MIN_VALUE, Long.MAX_VALUE);
    if (other.isEmpty()) {
      return;
    }
    if (count < 2) {
      throw new UsageException(
          "--interpolate-to: found --num " + count + ", wanted at least the two ends");
    }
    if (labels.isEmpty() && model.conditioning() instanceof Conditioning.ClassLabel) {
      throw new UsageException(
          "--interpolate-to: found no --labels, wanted the class of the images; several repeat in turn");
    }
    double[] fractions = new double[count];
    for (int i = 0; i < count; i++) {
      fractions[i] = (double) i / (count - 1);
    }
    request.start(new Start.Between(other.getAsLong(), fractions));
  }
}
