package io.uvit.savedmodels.export;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.ops.parameters.Variables;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.AssertThat;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The graph of an exported denoiser: variables under the official names, the network, a check of
 * the labels, and the ops that initialise, save and restore.
 *
 * <p>The label table is read by a product with one-hot rows, for which a label outside the table is
 * a row of zeros. So that no such label passes unseen where the model is served, the output depends
 * on an {@code Assert} that all labels are in 0..numClasses-1.
 */
final class ServingGraph implements AutoCloseable {
  private static final String DENOISE = "denoise";

  private final Graph graph = new Graph();
  private final Variables variables;
  private final DenoiserGraph denoiser;
  private final Operand<TFloat32> prediction;
  private final List<Op> initializers;
  private final SaverGraph saver;
  private final GraphDef definition;

  /**
   * Builds the graph.
   *
   * @param seed of the official initialisation, which TensorFlow's {@code
   *     global_variables_initializer} gives; the saved values are given by the restore op
   */
  ServingGraph(UViT model, long seed) {
    try {
      Ops tf = Ops.create(graph);
      variables = new Variables(tf, "", model.parameters());
      denoiser = new DenoiserGraph(tf, model, variables);
      Ops scope = tf.withSubScope(DENOISE);
      List<Op> checks =
          denoiser
              .label()
              .map(label -> List.of(checkLabels(scope, model, label)))
              .orElse(List.of());
      prediction =
          scope
              .withControlDependencies(checks)
              .withName("prediction")
              .identity(denoiser.prediction());
      initializers = variables.initialize(seed);
      saver = new SaverGraph(tf, variables);
      definition = graph.toGraphDef();
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  private static Op checkLabels(Ops tf, UViT model, Placeholder<TInt32> label) {
    int classes = ((Conditioning.ClassLabel) model.config().conditioning()).numClasses();
    Operand<TBool> inside =
        tf.math.logicalAnd(
            tf.math.greaterEqual(label, tf.constant(0)),
            tf.math.less(label, tf.constant(classes))); // [B]
    return tf.withName("label_in_range")
        .assertThat(
            tf.reduceAll(inside, tf.constant(new int[] {0})),
            List.of(tf.constant("label: wanted 0.." + (classes - 1) + ", found"), label),
            AssertThat.summarize(16L));
  }

  Graph graph() {
    return graph;
  }

  Variables variables() {
    return variables;
  }

  SaverGraph saver() {
    return saver;
  }

  /** The inputs; the output is {@link #prediction}, which has the label check. */
  DenoiserGraph inputs() {
    return denoiser;
  }

  /** [B, H, W, C]. */
  Operand<TFloat32> prediction() {
    return prediction;
  }

  /** The assignment of its first value to each variable, in the order of the parameters. */
  List<Op> initializers() {
    return initializers;
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
