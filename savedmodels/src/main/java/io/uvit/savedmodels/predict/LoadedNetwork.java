package io.uvit.savedmodels.predict;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.nio.file.Path;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/** A network with the weights of a file, in a graph and session of its own. */
public final class LoadedNetwork implements Network, AutoCloseable {
  private final Graph graph;
  private final Session session;
  private final SessionNetwork network;

  private LoadedNetwork(Graph graph, Session session, SessionNetwork network) {
    this.graph = graph;
    this.session = session;
    this.network = network;
  }

  /**
   * Builds the network of a resolved experiment and loads its weights.
   *
   * @param weights .safetensors, .pth or .npz with the official names
   * @throws io.uvit.savedmodels.state.StateDictException if names or shapes do not match exactly
   */
  public static LoadedNetwork open(Experiment experiment, Path weights) {
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    Graph graph = new Graph();
    Session session = null;
    try (TensorFile file = TensorFiles.open(weights)) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, "", model.parameters());
      DenoiserGraph denoiser = new DenoiserGraph(tf, model, variables);
      session = new Session(graph, SessionConfigs.of(experiment.getRuntime()));
      VariableState.load(session, variables, file);
      return new LoadedNetwork(
          graph, session, new SessionNetwork(session, denoiser, model.config()));
    } catch (RuntimeException e) {
      if (session != null) {
        session.close();
      }
      graph.close();
      throw e;
    }
  }

  @Override
  public float[] predict(float[] x, float networkTime, Condition condition) {
    return network.predict(x, networkTime, condition);
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
