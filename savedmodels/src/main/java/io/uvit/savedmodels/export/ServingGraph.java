package io.uvit.savedmodels.export;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.loop.LatentCodec;
import io.uvit.graph.loop.Program;
import io.uvit.graph.loop.SampleProgram;
import io.uvit.graph.loop.SolverProgram;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.LabelCheck;
import io.uvit.graph.model.UViT;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.scope.GraphScope;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/**
 * The graph of an exported denoiser: weights under the official names, the network with a check of
 * the labels ({@link LabelCheck}), and the sampling programs.
 */
final class ServingGraph implements AutoCloseable {
  private static final String DENOISE = "denoise";

  private final Graph graph = new Graph();
  private final ServedWeights weights;
  private final DenoiserGraph denoiser;
  private final Operand<TFloat32> prediction;
  private final Optional<Program> encode;
  private final Optional<Program> decode;
  private final Program sample;
  private final Program solve;
  private final GraphDef definition;

  /**
   * Builds the graph.
   *
   * @param experiment resolved
   * @param values of the weights; stays the caller's, open until {@link #save} is done
   * @param withAutoencoder whether the weights hold those of the experiment's autoencoder too
   * @throws io.uvit.savedmodels.state.StateDictException if frozen values do not fit the network
   */
  ServingGraph(
      UViT model,
      Experiment experiment,
      WeightStorage storage,
      TensorFile values,
      boolean withAutoencoder) {
    try {
      Ops tf = GraphScope.ops(graph);
      Optional<Autoencoder> autoencoder =
          withAutoencoder ? Optional.of(Autoencoder.of(experiment)) : Optional.empty();
      List<ParameterSpec> specs = new ArrayList<>(model.parameters());
      autoencoder.ifPresent(a -> specs.addAll(a.parameters()));
      weights =
          switch (storage.flavor()) {
            case VARIABLES ->
                new ServedVariables(tf, specs, storage.type(), experiment.getSeed(), values);
            case FROZEN -> new FrozenWeights(tf, specs, storage.type(), values);
          };
      denoiser = new DenoiserGraph(tf, model, weights);
      Ops scope = tf.withSubScope(DENOISE);
      List<Op> checks =
          denoiser
              .label()
              .map(
                  label ->
                      List.of(
                          LabelCheck.of(
                              scope,
                              (Conditioning.ClassLabel) model.config().conditioning(),
                              label)))
              .orElse(List.of());
      prediction =
          scope
              .withControlDependencies(checks)
              .withName("prediction")
              .identity(denoiser.prediction());
      Optional<LatentCodec> codec = autoencoder.map(a -> new LatentCodec(experiment, a, weights));
      encode = codec.map(c -> c.encode(tf));
      decode = codec.map(c -> c.decode(tf));
      sample = SampleProgram.build(tf, model, weights, experiment, codec);
      solve = SolverProgram.build(tf, model, weights);
      definition = graph.toGraphDef();
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  /** Writes the values that are not part of the graph. */
  void save(SavedModelFolder.Bundle bundle) throws IOException {
    weights.save(graph, bundle);
  }

  ServedWeights weights() {
    return weights;
  }

  /** The inputs; the output is {@link #prediction}, which has the label check. */
  DenoiserGraph inputs() {
    return denoiser;
  }

  /** [B, H, W, C]. */
  Operand<TFloat32> prediction() {
    return prediction;
  }

  /** Images to latents, of a model with an autoencoder. */
  Optional<Program> encode() {
    return encode;
  }

  /** Latents to images, of a model with an autoencoder. */
  Optional<Program> decode() {
    return decode;
  }

  /** Images from labels and a seed. */
  Program sample() {
    return sample;
  }

  /** Rows of tableaus. */
  Program solve() {
    return solve;
  }

  /** The graph as it was built, without what loading of values adds to it. */
  GraphDef definition() {
    return definition;
  }

  @Override
  public void close() {
    graph.close();
  }
}
