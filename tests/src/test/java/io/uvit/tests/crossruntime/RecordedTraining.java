package io.uvit.tests.crossruntime;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.ops.parameters.Variables;
import io.uvit.runner.data.Batch;
import io.uvit.runner.data.BatchOptions;
import io.uvit.runner.data.BatchSource;
import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.state.VariableState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/**
 * The first steps of a run of ours.
 *
 * @param batches what the steps were given: {@code images} uint8 [steps, B, H, W, C], {@code label}
 *     [steps, B]
 * @param results of the steps
 * @param variables their values at the end, by name
 */
record RecordedTraining(
    TrainingArrays batches, List<StepResult> results, Map<String, float[]> variables) {
  static final int STEPS = 20;

  /** Digits with labels, label dropout, warm-up and clipping, so small that a step is quick. */
  static Experiment experiment() {
    return ConfigLoader.load(
        "quickstart",
        List.of(
            "model.embed_dim=32",
            "model.depth=2",
            "model.num_heads=2",
            "train.batch_size=16",
            "train.warmup_steps=5",
            "train.grad_clip_norm=0.5",
            "train.ema_decay=0.9"));
  }

  /** Trains the first steps of an experiment on labelled images. */
  static RecordedTraining run(Experiment experiment) throws DataException, InterruptedException {
    int batchSize = experiment.getTrain().getBatchSize();
    int[] labels = new int[STEPS * batchSize];
    List<StepResult> results = new ArrayList<>();
    BatchOptions options =
        BatchOptions.of(experiment.getData(), experiment.getSeed(), batchSize, 0);
    try (Dataset digits = Datasets.open(experiment.getData(), experiment.getModel());
        BatchSource source = BatchSource.start(digits, options);
        TrainingSession session = new TrainingSession(experiment)) {
      Shape shape = session.graph().inputs().images().orElseThrow().shape();
      ByteBuffer images = ByteBuffer.allocate(Math.toIntExact(STEPS * shape.size()));
      session.initialize();
      for (int step = 0; step < STEPS; step++) {
        Batch batch = source.next();
        images.put(batch.images());
        System.arraycopy(batch.labels(), 0, labels, step * batchSize, batchSize);
        results.add(session.step(batch.images(), batch.labels()));
      }
      TrainingArrays batches = new TrainingArrays();
      List<Long> dims = new ArrayList<>(List.of((long) STEPS));
      Arrays.stream(shape.asArray()).forEach(dims::add);
      batches.put("images", dims, images.array());
      batches.put("label", List.of((long) STEPS, (long) batchSize), labels);
      return new RecordedTraining(batches, results, variables(session));
    }
  }

  private static Map<String, float[]> variables(TrainingSession session) {
    Map<String, float[]> variables = new LinkedHashMap<>();
    var graph = session.graph();
    for (Variables set :
        List.of(graph.parameters(), graph.ema(), graph.firstMoments(), graph.secondMoments())) {
      VariableState.forEach(
          session.session(), set, (spec, values) -> variables.put(set.variableName(spec), values));
    }
    return variables;
  }
}
