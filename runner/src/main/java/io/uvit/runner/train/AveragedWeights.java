package io.uvit.runner.train;

import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.PreviewProgram;
import io.uvit.savedmodels.pipeline.SolveSession;
import io.uvit.savedmodels.state.SessionConfigs;
import org.tensorflow.Session;
import org.tensorflow.op.Op;

/**
 * The averaged weights that a training session had at one step, to sample with; later steps do not
 * change them. They stay on the device that trains ({@link PreviewProgram}).
 *
 * <p><b>Threads</b>: may be used and closed by another thread than the one that took it, beside
 * steps of the session. <b>Resources</b>: closing frees the memory.
 */
public final class AveragedWeights implements AutoCloseable {
  private final Session session;
  private final PreviewProgram program;
  private final UViTConfig model;

  private AveragedWeights(Session session, PreviewProgram program, UViTConfig model) {
    this.session = session;
    this.program = program;
    this.model = model;
  }

  /** Takes the present values; those taken before must be closed. */
  static AveragedWeights take(Session session, PreviewProgram program, UViTConfig model) {
    session.runner().addTarget(program.take()).run().close();
    return new AveragedWeights(session, program, model);
  }

  /** The network with these weights. */
  public SolveSession solver() {
    return new SolveSession(session, program.solver().tensorNames(), model)
        .with(SessionConfigs.besideOthers());
  }

  @Override
  public void close() {
    Op release = program.release();
    session.runner().setOptions(SessionConfigs.besideOthers()).addTarget(release).run().close();
  }
}
