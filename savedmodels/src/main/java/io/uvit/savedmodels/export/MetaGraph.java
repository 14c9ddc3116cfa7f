package io.uvit.savedmodels.export;

import io.uvit.graph.loop.Program;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;

/** Describes a {@link ServingGraph} in TensorFlow's messages: what {@code saved_model.pb} holds. */
final class MetaGraph {
  /** The tag that TensorFlow's loaders and servers look for. */
  private static final String SERVE = "serve";

  private static final String DENOISE = "denoise";
  private static final String SAMPLE = "sample";

  /** {@code sample} for callers that must give every input of a signature. */
  private static final String SAMPLE_DEFAULTS = "sample_defaults";

  /** Inputs of {@link #SAMPLE_DEFAULTS}, as far as the model has them: nobody can guess them. */
  private static final String[] NO_DEFAULTS = {
    "label", "context", "negative_context", "count", "seed"
  };

  private static final String SOLVE = "solve";
  private static final String ENCODE = "encode";
  private static final String DECODE = "decode";
  private static final String DEFAULT = "serving_default";

  private MetaGraph() {}

  /** The description; equal graphs give equal ones. */
  static MetaGraphDef of(ServingGraph graph) {
    SignatureDef denoise = denoise(graph);
    SignatureDef sample = signature(graph.sample());
    MetaGraphDef.Builder metaGraph =
        MetaGraphs.begin(SERVE, graph.definition())
            .putSignatureDef(DENOISE, denoise)
            .putSignatureDef(SAMPLE, sample)
            .putSignatureDef(SAMPLE_DEFAULTS, signature(graph.sample().withInputs(NO_DEFAULTS)))
            .putSignatureDef(SOLVE, signature(graph.solve()))
            .putSignatureDef(DEFAULT, sample);
    graph.encode().ifPresent(p -> metaGraph.putSignatureDef(ENCODE, signature(p)));
    graph.decode().ifPresent(p -> metaGraph.putSignatureDef(DECODE, signature(p)));
    graph.weights().describe(metaGraph);
    return metaGraph.build();
  }

  private static SignatureDef signature(Program program) {
    SignatureDef.Builder signature = SignatureDef.newBuilder().setMethodName(MetaGraphs.PREDICT);
    for (Program.Input input : program.inputs()) {
      signature.putInputs(
          input.key(),
          MetaGraphs.info(input.tensor(), input.tensor().asOutput().dataType(), input.shape()));
      input.defaultValue().ifPresent(value -> signature.putDefaults(input.key(), value));
    }
    for (Program.Output output : program.outputs()) {
      signature.putOutputs(
          output.key(),
          MetaGraphs.info(output.tensor(), output.tensor().asOutput().dataType(), output.shape()));
    }
    return signature.build();
  }

  private static SignatureDef denoise(ServingGraph graph) {
    SignatureDef.Builder signature =
        SignatureDef.newBuilder()
            .setMethodName(MetaGraphs.PREDICT)
            .putInputs("x", MetaGraphs.info(graph.inputs().x(), DataType.DT_FLOAT))
            .putInputs("t", MetaGraphs.info(graph.inputs().t(), DataType.DT_FLOAT));
    graph
        .inputs()
        .label()
        .ifPresent(
            label -> signature.putInputs("label", MetaGraphs.info(label, DataType.DT_INT32)));
    graph
        .inputs()
        .context()
        .ifPresent(
            context -> signature.putInputs("context", MetaGraphs.info(context, DataType.DT_FLOAT)));
    // The graph's own inference loses the batch dimension's bond to x; the shapes are the same.
    return signature
        .putOutputs(
            "prediction",
            MetaGraphs.info(
                graph.prediction(), DataType.DT_FLOAT, graph.inputs().x().asOutput().shape()))
        .build();
  }
}
