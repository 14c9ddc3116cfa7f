package io.uvit.graph.loop;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.LabelCheck;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.sampler.DynamicThresholding;
import io.uvit.graph.sampler.GuidanceSchedule;
import io.uvit.graph.sampler.ImageNoise;
import io.uvit.ops.control.ControlFlow;
import io.uvit.ops.parameters.Weights;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/**
 * The {@code sample} program: images from labels and a seed, for callers without our code.
 *
 * <p>Inputs: {@code label} int32 [B] of a class-conditional model, {@code context} float32 [B, N,
 * D] of a text model, or {@code count} (default 1) of an unconditional one. Optional, with the
 * experiment's values as defaults: {@code seed} int64; {@code first_image} int64 (0), the number of
 * the first image within the seed; {@code noise} float32 [B, H, W, C] instead of the seed's; {@code
 * steps} int32, one of 1-50, 60, 70, 80, 90, 100, 150, 200, 250, 500, 1000 and the default; {@code
 * solver}, a name of {@link NamedSolvers}; {@code guidance_scale} (s; 1 = none), {@code
 * guidance_rescale}, and {@code negative_label} int32 [B] (the null class) or {@code
 * negative_context}.
 *
 * <p>Outputs: {@code images} uint8 [B, H, W, C]; of a model on latents {@code latents} float32 [B,
 * h, w, z], and {@code images} if it has its autoencoder with it.
 */
public final class SampleProgram {
  private final Ops tf;
  private final UViTConfig config;
  private final Experiment experiment;
  private final ProgramBuilder program;
  private final Checks checks;
  private final Optional<LatentCodec> codec;

  private SampleProgram(Ops tf, UViT model, Experiment experiment, Optional<LatentCodec> codec) {
    this.tf = tf;
    this.codec = codec;
    this.config = model.config();
    this.experiment = experiment;
    program = new ProgramBuilder(tf);
    checks = new Checks(tf);
  }

  /**
   * Adds the program to a graph.
   *
   * @param experiment resolved; its diffusion and sample sections give the solvers and defaults
   * @param codec shows the images of a model on latents; empty: it gives latents alone
   */
  public static Program build(
      Ops tf, UViT model, Weights weights, Experiment experiment, Optional<LatentCodec> codec) {
    return new SampleProgram(tf.withSubScope("sample"), model, experiment, codec)
        .add(new ModelNetwork(model, weights));
  }

  private Program add(ModelNetwork network) {
    Sample settings = experiment.getSample();
    List<SamplingLoop.Condition> given = conditions();
    Operand<TInt32> batch =
        given.isEmpty()
            ? program.optional("count", 1)
            : tf.gather(tf.shape(given.get(0).given()), tf.constant(0), tf.constant(0));
    Operand<TInt64> seed = program.optional("seed", experiment.getSeed());
    Operand<TInt64> first = program.optional("first_image", 0L);
    Operand<TFloat32> noise = program.optionalImages("noise", imageShape());
    Operand<TInt32> steps = program.optional("steps", settings.getSteps());
    Operand<TString> solver = program.optional("solver", NamedSolvers.defaultName(settings));
    Operand<TFloat32> scale =
        program.optional("guidance_scale", (float) settings.getGuidanceScale());
    Operand<TFloat32> rescale =
        program.optional("guidance_rescale", (float) settings.getGuidanceRescale());
    checkRanges(batch, scale, rescale, first);
    List<SamplingLoop.Condition> filled =
        given.stream().map(c -> withNegative(c, batch, scale)).toList();
    Looked rows =
        new SolverLookup(tf, checks)
            .find(table(), solver, steps, scale, GuidanceSchedule.of(settings));
    Operand<TInt64> images =
        tf.math.add(
            first,
            tf.dtypes.cast(tf.range(tf.constant(0), batch, tf.constant(1)), TInt64.class)); // [B]
    Operand<TFloat32> start = start(noise, seed, images, batch);
    List<SamplingLoop.Condition> conditions =
        filled.stream()
            .map(
                c ->
                    new SamplingLoop.Condition(
                        checks.passed(c.given()), checks.passed(c.negative())))
            .toList();
    float quantile =
        settings.getDynamicThresholding() ? (float) DynamicThresholding.OFFICIAL_QUANTILE : 0f;
    Operand<TFloat32> one = tf.constant(new float[][][][] {{{{1f}}}});
    SamplingLoop.Result result =
        new SamplingLoop(network, imageLength())
            .run(
                tf,
                registers(start, rows.registers()),
                rows.rows(),
                new SamplingLoop.Noise(seed, images),
                conditions,
                new SamplingLoop.Edits(
                    tf.constant(quantile > 0), rescale, tf.constant(quantile), one, one));
    output(tf.gather(result.registers(), tf.constant(0), tf.constant(0)));
    return program.build();
  }

  private void checkRanges(
      Operand<TInt32> batch,
      Operand<TFloat32> scale,
      Operand<TFloat32> rescale,
      Operand<TInt64> first) {
    checks.require(
        tf.math.logicalAnd(
            tf.math.greaterEqual(scale, tf.constant(0f)),
            tf.math.less(scale, tf.constant(Float.POSITIVE_INFINITY))),
        "guidance_scale: wanted a number >= 0, found",
        scale);
    checks.require(
        tf.math.logicalAnd(
            tf.math.greaterEqual(rescale, tf.constant(0f)),
            tf.math.lessEqual(rescale, tf.constant(1f))),
        "guidance_rescale: wanted a share in [0, 1], found",
        rescale);
    checks.require(
        tf.math.greaterEqual(first, tf.constant(0L)),
        "first_image: wanted at least 0, found",
        first);
    if (config.conditioning() instanceof Conditioning.Unconditional) {
      checks.require(
          tf.math.greater(batch, tf.constant(0)), "count: wanted at least 1, found", batch);
      checks.require(
          tf.math.equal(scale, tf.constant(1f)),
          "guidance_scale: this model has no condition to be guided by, wanted 1, found",
          scale);
    }
  }

  /** The start in register 0, the others 0; not before everything is checked. */
  private Operand<TFloat32> registers(Operand<TFloat32> start, Operand<TInt32> count) {
    Operand<TFloat32> state = tf.expandDims(checks.passed(start), tf.constant(0));
    Operand<TFloat32> others =
        tf.zeros(
            tf.concat(
                List.of(
                    tf.expandDims(tf.math.sub(count, tf.constant(1)), tf.constant(0)),
                    tf.shape(start)),
                tf.constant(0)),
            TFloat32.class);
    return tf.concat(List.of(state, others), tf.constant(0)); // [R, B, H, W, C]
  }

  /**
   * What a look-up gives.
   *
   * @param rows of the solver
   * @param registers R, scalar
   */
  record Looked(SamplingLoop.Rows rows, Operand<TInt32> registers) {}

  private SolverTable table() {
    NoiseSchedule schedule = NoiseSchedule.of(experiment.getDiffusion());
    return SolverTable.of(
        NamedSolvers.names(),
        experiment.getSample().getSteps(),
        (name, steps) -> NamedSolvers.tableau(name, steps, experiment, schedule));
  }

  /** The conditions with a possibly empty negative side. */
  private List<SamplingLoop.Condition> conditions() {
    if (config.conditioning() instanceof Conditioning.ClassLabel classes) {
      Operand<TInt32> label = program.required("label", TInt32.class, Shape.of(-1));
      Operand<TInt32> negative = program.optionalLabels("negative_label");
      checks.add(LabelCheck.of(tf, classes, label));
      checks.add(LabelCheck.of(tf.withSubScope("negative"), classes, negative));
      return List.of(new SamplingLoop.Condition(label, negative));
    }
    if (config.conditioning() instanceof Conditioning.Text text) {
      Shape shape = Shape.of(-1, text.numTokens(), text.contextDim());
      return List.of(
          new SamplingLoop.Condition(
              program.required("context", TFloat32.class, shape),
              program.optionalImages("negative_context", shape)));
    }
    return List.of();
  }

  /** Where no negative side is given: the null class, or a failure if guidance needs one. */
  private SamplingLoop.Condition withNegative(
      SamplingLoop.Condition condition, Operand<TInt32> batch, Operand<TFloat32> scale) {
    Operand<TInt32> found =
        tf.gather(tf.shape(condition.negative()), tf.constant(0), tf.constant(0));
    Operand<TBool> none = tf.math.equal(found, tf.constant(0));
    Operand<TBool> unguided = tf.math.equal(scale, tf.constant(1f));
    checks.require(
        tf.math.logicalOr(none, tf.math.equal(found, batch)),
        "negative condition: wanted none, or one for each image; found",
        found);
    if (config.conditioning() instanceof Conditioning.ClassLabel classes
        && classes.nullClass().isPresent()) {
      Operand<?> negative =
          ControlFlow.branch(
                  tf,
                  none,
                  List.of(condition.negative(), batch),
                  (ops, a) -> List.of(nullLabels(ops, a.get(1), classes.nullClass().getAsInt())),
                  (ops, a) -> List.of(ops.identity(a.get(0))))
              .get(0);
      return new SamplingLoop.Condition(condition.given(), negative);
    }
    checks.require(
        tf.math.logicalOr(unguided, tf.math.logicalNot(none)),
        "guidance_scale: this model has no null class, wanted 1 or a negative condition, found",
        scale);
    return condition;
  }

  @SuppressWarnings("unchecked") // the batch size is an int32
  private static Operand<?> nullLabels(Ops ops, Operand<?> batch, int nullClass) {
    return ops.fill(
        ops.expandDims((Operand<TInt32>) batch, ops.constant(0)), ops.constant(nullClass));
  }

  /** The given noise, or the seed's. */
  @SuppressWarnings("unchecked") // arguments and results are written here
  private Operand<TFloat32> start(
      Operand<TFloat32> given,
      Operand<TInt64> seed,
      Operand<TInt64> images,
      Operand<TInt32> batch) {
    Operand<TInt32> found = tf.gather(tf.shape(given), tf.constant(0), tf.constant(0));
    Operand<TBool> none = tf.math.equal(found, tf.constant(0));
    checks.require(
        tf.math.logicalOr(none, tf.math.equal(found, batch)),
        "noise: wanted none, or one for each image; found images of noise",
        found);
    long[] shape = imageShape().asArray();
    return (Operand<TFloat32>)
        ControlFlow.branch(
                tf,
                none,
                List.of(given, seed, images),
                (ops, a) ->
                    List.of(
                        ops.reshape(
                            GraphNoise.draw(
                                ops,
                                (Operand<TInt64>) a.get(1),
                                (Operand<TInt64>) a.get(2),
                                ops.constant((long) ImageNoise.Purpose.INITIAL.word(0)),
                                imageLength()),
                            ops.constant(shape))),
                (ops, a) -> List.of(ops.identity(a.get(0))))
            .get(0);
  }

  /** Pixels as they are shown; of a model on latents the decoded ones, and the latents. */
  private void output(Operand<TFloat32> state) {
    if (!experiment.hasLatent()) {
      program.output("images", Pixels.toBytes(tf, state), imageShape());
      return;
    }
    if (codec.isPresent()) {
      Operand<TFloat32> decoded = codec.get().pixels(tf, state);
      program.output("images", Pixels.toBytes(tf, decoded), codec.get().imageShape());
    }
    program.output("latents", state, imageShape());
  }

  private Shape imageShape() {
    return Shape.of(-1, config.imageHeight(), config.imageWidth(), config.channels());
  }

  private int imageLength() {
    return config.imageHeight() * config.imageWidth() * config.channels();
  }
}
