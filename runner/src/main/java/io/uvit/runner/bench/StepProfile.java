package io.uvit.runner.bench;

import io.uvit.config.v1.Experiment;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;

/** One traced training step of an experiment, on random data and first weights. */
public final class StepProfile {
  private final StepTrace trace;

  private StepProfile(StepTrace trace) {
    this.trace = trace;
  }

  /**
   * Traces a step.
   *
   * @param experiment resolved
   * @param warmUp steps before it
   */
  public static StepProfile of(Experiment experiment, int warmUp) {
    try (TrainingRig rig = new TrainingRig(experiment)) {
      for (int i = 0; i < warmUp; i++) {
        rig.step();
      }
      StepStats stats = rig.tracedStep(RunOptions.TraceLevel.FULL_TRACE);
      return new StepProfile(StepTrace.of(stats));
    }
  }

  /** Tables of time by kind of op and by part of the program. */
  public String table() {
    return ProfileTable.of(trace);
  }

  /**
   * Writes the step as a Chrome trace.
   *
   * @throws IOException if the file cannot be written
   */
  public void writeTrace(Path file) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file)) {
      ChromeTrace.write(trace, writer);
    }
  }
}
