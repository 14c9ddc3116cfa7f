package io.uvit.graph.train;

import io.uvit.config.v1.Runtime;
import io.uvit.graph.loop.Program;
import io.uvit.graph.loop.SolverProgram;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.ops.parameters.Variables;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * Sampling with the averaged weights of one step while later steps change them: {@link #take}
 * assigns them to variables of this program's own, {@code preview.NAME}, which {@link #solver}
 * reads until {@link #release} frees them.
 *
 * <p>Taking copies nothing; the next step's update of an average does, since the value is in use
 * twice by then. From there to the release the averaged weights take their memory twice, on the
 * device that the session computes on. A checkpoint's snapshot of the same step shares the copy
 * where that is the host.
 */
public final class PreviewProgram {
  private static final String PREFIX = "preview.";

  private final Op take;
  private final Op release;
  private final Program solver;

  /** Adds the program to a training graph; no session may be running it. */
  public PreviewProgram(TrainingGraph training, Runtime runtime) {
    Ops tf = training.ops();
    Variables taken = new Variables(tf, PREFIX, training.model().parameters());
    take =
        tf.withName("take_averages").withControlDependencies(taken.sharing(training.ema())).noOp();
    release = tf.withName("release_averages").withControlDependencies(taken.release()).noOp();
    solver = SolverProgram.build(tf, training.model(), ComputeTypes.narrow(tf, taken, runtime));
  }

  /** Takes the averaged weights as they are; between two steps. */
  public Op take() {
    return take;
  }

  /** Frees what was taken; nothing may sample meanwhile. */
  public Op release() {
    return release;
  }

  /** The solver's loop with the weights that were taken. */
  public Program solver() {
    return solver;
  }
}
