package io.uvit.runner.bench;

import io.uvit.config.v1.Device;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.loop.Program;
import io.uvit.graph.loop.SolverProgram;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.ModelCost;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.scope.GraphScope;
import io.uvit.runner.data.BatchOptions;
import io.uvit.runner.data.BatchSource;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.train.TrainingData;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.Sampler;
import io.uvit.savedmodels.pipeline.SolveSession;
import io.uvit.savedmodels.state.SessionConfigs;
import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;

/**
 * Measures an experiment with random weights.
 *
 * @param experiment resolved; its {@code train.batch_size} is the batch of all kinds
 * @param warmUp steps that do not count
 * @param steps steps that count, >= 1
 * @param solverSteps solver steps of a sampling run, >= 1; the time of a run is divided by them
 */
public record Bench(Experiment experiment, int warmUp, int steps, int solverSteps) {

  /**
   * Measures one kind of step.
   *
   * @throws io.uvit.runner.data.DataException if the data of {@link BenchKind#DATA} cannot be read
   * @throws Exception if TensorFlow fails
   */
  public Measurement measure(BenchKind kind) throws Exception {
    return switch (kind) {
      case TRAIN -> train();
      case SAMPLE -> sample();
      case DATA -> data();
      case LOAD -> load();
    };
  }

  private int batch() {
    return experiment.getTrain().getBatchSize();
  }

  private Measurement train() throws Exception {
    try (TrainingRig rig = new TrainingRig(experiment)) {
      StepTimes times = StepTimes.measure(warmUp, steps, rig::step);
      OptionalLong peak =
          tracesMemory()
              ? PeakMemory.ofGpu(rig.tracedStep(RunOptions.TraceLevel.SOFTWARE_TRACE))
              : OptionalLong.empty();
      return products(BenchKind.TRAIN, times, rig.flops(), peak);
    }
  }

  private Measurement sample() throws Exception {
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Variables variables = ComputeTypes.forInference(tf, model, experiment.getRuntime());
      Program program = SolverProgram.build(tf, model, variables);
      var initialize = variables.initialize(experiment.getSeed());
      try (Session session = new Session(graph, SessionConfigs.of(experiment.getRuntime()))) {
        Session.Runner runner = session.runner();
        initialize.forEach(runner::addTarget);
        runner.run().close();
        SolveSession solve = new SolveSession(session, program.tensorNames(), model.config());
        Sampler sampler = new Sampler(solve, experiment);
        SampleRequest request = request(model.config());
        StepTimes runs =
            StepTimes.measure(
                Math.min(warmUp, 1), steps, () -> sampler.sample(request, SampleListener.none()));
        boolean guided =
            !(model.config().conditioning() instanceof Conditioning.Unconditional)
                && experiment.getSample().getGuidanceScale() != 1;
        long flops = 2 * ModelCost.of(model).multiplyAdds() * batch() * (guided ? 2 : 1);
        OptionalLong peak = tracesMemory() ? peak(solve, request) : OptionalLong.empty();
        return products(BenchKind.SAMPLE, runs.dividedBy(solverSteps), flops, peak);
      }
    }
  }

  /** On a GPU; XLA's memory is not seen in a trace, and half of it would mislead. */
  private boolean tracesMemory() {
    return experiment.getRuntime().getDevice() != Device.CPU && !experiment.getRuntime().getXla();
  }

  private OptionalLong peak(SolveSession solve, SampleRequest request) {
    AtomicReference<StepStats> stats = new AtomicReference<>();
    new Sampler(solve.traced(stats::set), experiment).sample(request, SampleListener.none());
    return PeakMemory.ofGpu(stats.get());
  }

  private SampleRequest request(UViTConfig model) {
    SampleRequest.Builder request =
        SampleRequest.builder()
            .settings(experiment.getSample())
            .steps(solverSteps)
            .count(batch())
            .batchSize(batch());
    if (model.conditioning() instanceof Conditioning.ClassLabel) {
      request.labels(new int[batch()]);
    }
    if (model.conditioning() instanceof Conditioning.Text text) {
      int each = text.numTokens() * text.contextDim();
      request.contexts(new float[batch() * each]).negativeContexts(new float[each]);
    }
    return request.build();
  }

  private Measurement data() throws Exception {
    BatchOptions options = BatchOptions.of(experiment.getData(), experiment.getSeed(), batch(), 0);
    try (Dataset dataset = TrainingData.openDataset(experiment);
        BatchSource batches = BatchSource.start(dataset, options)) {
      // What was filled ahead before the clock started must not count.
      int ahead = warmUp + options.prefetchBatches();
      return plain(BenchKind.DATA, StepTimes.measure(ahead, steps, batches::next));
    }
  }

  private Measurement load() throws Exception {
    try (TrainingRig rig = new TrainingRig(experiment)) {
      rig.step();
      double millis =
          System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
      return plain(BenchKind.LOAD, StepTimes.of(new double[] {millis}, cpuShareSinceStart(millis)));
    }
  }

  private static double cpuShareSinceStart(double millis) {
    long cpu = ProcessHandle.current().info().totalCpuDuration().map(d -> d.toMillis()).orElse(0L);
    return Math.min(1, cpu / millis / Runtime.getRuntime().availableProcessors());
  }

  private Measurement products(BenchKind kind, StepTimes times, long flops, OptionalLong peakGpu)
      throws Exception {
    return new Measurement(
        kind,
        experiment,
        batch(),
        times,
        OptionalLong.of(flops),
        OptionalDouble.of(MatrixPeak.measure(experiment.getRuntime())),
        peakGpu);
  }

  private Measurement plain(BenchKind kind, StepTimes times) {
    return new Measurement(
        kind,
        experiment,
        batch(),
        times,
        OptionalLong.empty(),
        OptionalDouble.empty(),
        OptionalLong.empty());
  }
}
