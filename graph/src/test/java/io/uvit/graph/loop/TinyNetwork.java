package io.uvit.graph.loop;

import io.uvit.config.ConfigDefaults;
import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.VpCosine;
import io.uvit.config.v1.VpLinear;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** A U-ViT on images of 8 x 8 x 1 with weights of its own, as a bare network and as programs. */
final class TinyNetwork implements AutoCloseable {
  static final int LENGTH = 64;
  static final int NULL_LABEL = 4;

  final Experiment experiment;
  final Graph graph = new Graph();
  final Session session;
  private final UViT model;
  private final DenoiserGraph denoiser;
  private final Map<String, String> solve;

  /** Class-conditional with four classes and a null class, or unconditional. */
  TinyNetwork(Experiment experiment) {
    this.experiment = experiment;
    model = new UViT(UViTConfig.of(experiment.getModel()));
    Ops tf = Ops.create(graph);
    Weights weights = weights();
    denoiser = new DenoiserGraph(tf, model, weights);
    solve = SolverProgram.build(tf, model, weights).tensorNames();
    session = new Session(graph);
  }

  /** Noise prediction on the official linear schedule. */
  static Experiment linear() {
    return experiment(
        true, Diffusion.newBuilder().setVpLinear(VpLinear.getDefaultInstance()).build());
  }

  /** Prediction of the clean image on the cosine schedule. */
  static Experiment cosine() {
    return experiment(
        true,
        Diffusion.newBuilder()
            .setVpCosine(VpCosine.getDefaultInstance())
            .setPrediction(Prediction.X0)
            .build());
  }

  /** Without labels. */
  static Experiment unconditional() {
    return experiment(
        false, Diffusion.newBuilder().setVpLinear(VpLinear.getDefaultInstance()).build());
  }

  private static Experiment experiment(boolean labels, Diffusion diffusion) {
    Model.Builder model =
        Model.newBuilder()
            .setImageHeight(8)
            .setImageWidth(8)
            .setChannels(1)
            .setPatchSize(4)
            .setEmbedDim(16)
            .setDepth(2)
            .setNumHeads(2);
    if (labels) {
      model.setClassConditional(
          ClassConditional.newBuilder().setNumClasses(5).setNullClass(NULL_LABEL));
    }
    return ConfigDefaults.fill(
        Experiment.newBuilder().setSeed(11).setModel(model).setDiffusion(diffusion).build());
  }

  private Weights weights() {
    Ops tf = Ops.create(graph);
    Map<String, Operand<TFloat32>> known = new HashMap<>();
    return spec -> known.computeIfAbsent(spec.name(), name -> weight(tf, spec));
  }

  private static Operand<TFloat32> weight(Ops tf, ParameterSpec spec) {
    Random random = new Random(spec.name().hashCode());
    float[] values = new float[(int) spec.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 4;
    }
    return tf.constant(spec.shape(), DataBuffers.of(values, true, false));
  }

  /** Adds the {@code sample} program. */
  Program sampleProgram() {
    return SampleProgram.build(Ops.create(graph), model, weights(), experiment, Optional.empty());
  }

  /** The bare network. */
  float[] predict(float[] x, double time, int... labels) {
    int images = x.length / LENGTH;
    float[] times = new float[images];
    Arrays.fill(times, (float) time);
    try (TFloat32 xs = images(x);
        TFloat32 ts = TFloat32.vectorOf(times);
        TInt32 ls = TInt32.vectorOf(labels)) {
      Session.Runner runner =
          session
              .runner()
              .feed(denoiser.x(), xs)
              .feed(denoiser.t(), ts)
              .fetch(denoiser.prediction());
      denoiser.label().ifPresent(label -> runner.feed(label, ls));
      try (Result result = runner.run()) {
        return floats(result.get(0));
      }
    }
  }

  /** What a run of rows leaves. */
  @SuppressWarnings("ArrayRecordComponent") // large arrays that are handed on, never compared
  record State(float[] registers, float[] denoised) {}

  /** Rescale and thresholding of a run. */
  record Edits(double rescale, double quantile) {}

  /** The {@code solve} program on images {@code first..} of a seed. */
  State solve(float[] registers, LoopRows rows, long seed, long first, Edits edits, int... labels) {
    int images = registers.length / rows.registers() / LENGTH;
    long[] numbers = new long[images];
    Arrays.setAll(numbers, i -> first + i);
    int[] negative = new int[images];
    Arrays.fill(negative, NULL_LABEL);
    int s = rows.count();
    int r = rows.registers();
    Map<String, Tensor> feeds = new HashMap<>();
    feeds.put("registers", tensor(registers, r, images, 8, 8, 1));
    feeds.put("network_time", tensor(rows.networkTime(), s));
    feeds.put("coefficients", tensor(rows.coefficients(), s, r, r + 2));
    feeds.put("denoised_coefficients", tensor(rows.denoised(), s, 2));
    feeds.put("guidance_scale", tensor(rows.guidanceScale(), s));
    feeds.put("noise_step", TInt32.vectorOf(rows.noiseStep()));
    feeds.put("images", TInt64.vectorOf(numbers));
    feeds.put("seed", TInt64.scalarOf(seed));
    feeds.put("guidance_rescale", TFloat32.scalarOf((float) edits.rescale()));
    feeds.put("quantile", TFloat32.scalarOf((float) edits.quantile()));
    if (labels.length > 0) {
      feeds.put("label", TInt32.vectorOf(labels));
      feeds.put("negative_label", TInt32.vectorOf(negative));
    }
    List<Tensor> results = run(solve, feeds, "registers_out", "denoised");
    State state = new State(floats(results.get(0)), floats(results.get(1)));
    results.forEach(Tensor::close);
    return state;
  }

  /** Runs a program; closes what is fed, leaves the results to the caller. */
  List<Tensor> run(Map<String, String> names, Map<String, Tensor> feeds, String... outputs) {
    Session.Runner runner = session.runner();
    feeds.forEach((key, value) -> runner.feed(names.get(key), value));
    for (String output : outputs) {
      runner.fetch(names.get(output));
    }
    List<Tensor> results = new ArrayList<>();
    try {
      Result result = runner.run();
      for (int i = 0; i < outputs.length; i++) {
        results.add(result.get(i));
      }
      return results;
    } finally {
      feeds.values().forEach(Tensor::close);
    }
  }

  static TFloat32 images(float[] values) {
    return tensor(values, values.length / LENGTH, 8, 8, 1);
  }

  private static TFloat32 tensor(float[] values, long... shape) {
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values, true, false));
  }

  static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    ((TFloat32) tensor).asRawTensor().data().asFloats().read(values);
    return values;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
