package io.uvit.tests.latent;

import com.google.gson.JsonObject;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.StepInputs;
import io.uvit.runner.metrics.MemoryUse;
import io.uvit.runner.train.AveragedWeights;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.Sampler;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;

/**
 * One training step of an experiment on one random image, and one image with its averaged weights
 * in two steps of its solver. Prints one JSON line: parameters, loss, gradient norm, whether the
 * update was made, numbers of the image, whether all of them are finite, seconds, and peak resident
 * memory in bytes.
 *
 * <p>Argument: the experiment's name.
 */
final class OfficialConfigRun {
  private final Random random = new Random(1);
  private final Experiment experiment;
  private final UViTConfig model;

  private OfficialConfigRun(Experiment experiment) {
    this.experiment = experiment;
    model = UViTConfig.of(experiment.getModel());
  }

  /** Runs one experiment. */
  public static void main(String[] arguments) {
    long start = System.nanoTime();
    Experiment experiment =
        ConfigLoader.load(
            arguments[0], List.of("train.batch_size=1", "sample.batch_size=1", "sample.steps=2"));
    JsonObject line = new OfficialConfigRun(experiment).run();
    line.addProperty("seconds", (System.nanoTime() - start) / 1e9);
    line.addProperty("peak_bytes", MemoryUse.now().peakResident());
    System.out.println(line);
  }

  private JsonObject run() {
    JsonObject line = new JsonObject();
    try (TrainingSession session = new TrainingSession(experiment)) {
      line.addProperty("parameters", session.graph().model().parameterCount());
      session.initialize();
      StepResult step = step(session);
      line.addProperty("loss", step.loss());
      line.addProperty("gradient_norm", step.gradientNorm());
      line.addProperty("updated", session.count(session.graph().updates()) == 1);
      float[] image = sample(session);
      line.addProperty("image_numbers", image.length);
      line.addProperty("image_finite", finite(image));
    }
    return line;
  }

  private StepResult step(TrainingSession session) {
    StepInputs inputs = session.graph().inputs();
    int[] labels = {3};
    if (inputs.images().isPresent()) {
      byte[] pixels = new byte[Math.toIntExact(inputs.images().get().shape().size())];
      random.nextBytes(pixels);
      return session.step(ByteBuffer.wrap(pixels), labels);
    }
    inputs.emptyContext().ifPresent(p -> session.setEmptyContext(normal(p.shape().size())));
    float[] moments = normal(inputs.moments().orElseThrow().shape().size());
    float[] contexts = normal(inputs.context().map(p -> p.shape().size()).orElse(0L));
    return session.step(FloatBuffer.wrap(moments), labels, FloatBuffer.wrap(contexts));
  }

  private float[] sample(TrainingSession session) {
    SampleRequest.Builder request = SampleRequest.builder().count(1).seed(1);
    if (model.conditioning() instanceof Conditioning.ClassLabel) {
      request.labels(3);
    } else if (model.conditioning() instanceof Conditioning.Text text) {
      long size = (long) text.numTokens() * text.contextDim();
      request.contexts(normal(size)).negativeContexts(normal(size));
    }
    try (AveragedWeights weights = session.takeAverages()) {
      return new Sampler(weights.solver(), experiment)
          .sample(request.build(), SampleListener.none())
          .orElseThrow();
    }
  }

  private float[] normal(long size) {
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
