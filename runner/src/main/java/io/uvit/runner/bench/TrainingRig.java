package io.uvit.runner.bench;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.train.StepInputs;
import io.uvit.runner.train.TrainingSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;

/** A training session with first weights and one batch of random data that every step takes. */
final class TrainingRig implements AutoCloseable {
  private final TrainingSession session;
  private final ByteBuffer images;
  private final FloatBuffer moments;
  private final FloatBuffer contexts;
  private final int[] labels;

  /** Builds the graph of a resolved experiment and initialises its variables. */
  TrainingRig(Experiment experiment) {
    session = new TrainingSession(experiment);
    try {
      session.initialize();
      StepInputs inputs = session.graph().inputs();
      Random random = new Random(1);
      byte[] pixels = new byte[inputs.images().map(TrainingRig::size).orElse(0)];
      random.nextBytes(pixels);
      images = ByteBuffer.wrap(pixels);
      moments = noise(random, inputs.moments().map(TrainingRig::size).orElse(0));
      contexts = noise(random, inputs.context().map(TrainingRig::size).orElse(0));
      labels = new int[experiment.getTrain().getBatchSize()];
      inputs.emptyContext().ifPresent(p -> session.setEmptyContext(new float[size(p)]));
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static int size(Operand<?> input) {
    return Math.toIntExact(input.shape().size());
  }

  private static FloatBuffer noise(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return FloatBuffer.wrap(values);
  }

  /** One optimizer step. */
  void step() {
    if (session.graph().inputs().moments().isPresent()) {
      session.step(moments, labels, contexts);
    } else {
      session.step(images, labels);
    }
  }

  /** One optimizer step, traced by TensorFlow; so are all that follow. */
  StepStats tracedStep(RunOptions.TraceLevel level) {
    AtomicReference<StepStats> stats = new AtomicReference<>();
    session.trace(level, stats::set);
    step();
    return stats.get();
  }

  /** Floating-point operations of the products of a step. */
  long flops() {
    return GraphFlops.of((GraphOperation) session.graph().trainStep().op());
  }

  @Override
  public void close() {
    session.close();
  }
}
