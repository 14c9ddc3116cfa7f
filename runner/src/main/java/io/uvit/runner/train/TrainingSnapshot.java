package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.checkpoint.CheckpointFolder;
import io.uvit.savedmodels.checkpoint.CheckpointWriter;
import io.uvit.savedmodels.state.HostVariables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Everything a checkpoint of a session consists of, as it was at one step: to be written while the
 * session trains on. Takes as much of the host's memory as the checkpoint has bytes.
 *
 * <p><b>Threads</b>: may be written and closed by another thread than the one that took it.
 * <b>Resources</b>: closing frees the memory.
 */
final class TrainingSnapshot implements CheckpointWriter, AutoCloseable {
  private final TrainingSession session;
  private final Experiment experiment;
  private final Map<String, String> facts;
  private final Map<Variables, HostVariables> values = new IdentityHashMap<>();

  private TrainingSnapshot(
      TrainingSession session, Experiment experiment, Map<String, String> facts) {
    this.session = session;
    this.experiment = experiment;
    this.facts = facts;
  }

  /** Takes the present state of a session and its log window. */
  static TrainingSnapshot of(
      TrainingSession session,
      Experiment experiment,
      MetricsWindow window,
      Map<String, String> facts) {
    TrainingSnapshot snapshot =
        new TrainingSnapshot(session, experiment, TrainingCheckpoint.facts(session, window, facts));
    var graph = session.graph();
    List<Variables> all = new ArrayList<>(List.of(graph.parameters()));
    graph.averages().forEach(average -> all.add(average.variables()));
    all.addAll(List.of(graph.firstMoments(), graph.secondMoments()));
    try {
      for (Variables variables : all) {
        snapshot.values.put(variables, HostVariables.of(session.session(), variables));
      }
    } catch (RuntimeException | Error e) {
      snapshot.close();
      throw e;
    }
    return snapshot;
  }

  @Override
  public void write(CheckpointFolder folder) throws IOException {
    TrainingCheckpoint.write(folder, experiment, session.graph(), this::forEach, facts);
  }

  private void forEach(Variables variables, BiConsumer<ParameterSpec, float[]> consumer) {
    values.get(variables).forEach(consumer);
  }

  @Override
  public void close() {
    values.values().forEach(HostVariables::close);
    values.clear();
  }
}
