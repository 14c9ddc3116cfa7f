package io.uvit.savedmodels.export;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.VariableDef;

/** Describes a {@link ServingGraph} in TensorFlow's messages: what {@code saved_model.pb} holds. */
final class MetaGraph {
  /** The tag and the method name that TensorFlow's loaders and servers look for. */
  private static final String SERVE = "serve";

  private static final String PREDICT = "tensorflow/serving/predict";
  private static final String DENOISE = "denoise";
  private static final String DEFAULT = "serving_default";
  private static final long SCHEMA_VERSION = 1;

  private MetaGraph() {}

  /** The bytes of {@code saved_model.pb}; equal graphs give equal bytes. */
  static byte[] savedModel(ServingGraph graph) {
    SavedModel model =
        SavedModel.newBuilder()
            .setSavedModelSchemaVersion(SCHEMA_VERSION)
            .addMetaGraphs(metaGraph(graph))
            .build();
    byte[] bytes = new byte[model.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      model.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array has room for what was measured
    }
    out.checkNoSpaceLeft();
    return bytes;
  }

  private static MetaGraphDef metaGraph(ServingGraph graph) {
    SignatureDef denoise = denoise(graph);
    CollectionDef variables = variables(graph);
    return MetaGraphDef.newBuilder()
        .setMetaInfoDef(
            MetaGraphDef.MetaInfoDef.newBuilder()
                .addTags(SERVE)
                .setTensorflowVersion(TensorFlow.version()))
        .setGraphDef(graph.definition())
        .setSaverDef(graph.saver().definition())
        .putCollectionDef("variables", variables)
        .putCollectionDef("trainable_variables", variables)
        .putSignatureDef(DENOISE, denoise)
        .putSignatureDef(DEFAULT, denoise)
        .build();
  }

  /** What makes Python's loader show the variables. */
  private static CollectionDef variables(ServingGraph graph) {
    Map<String, NodeDef> nodes = new HashMap<>();
    graph.definition().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    CollectionDef.BytesList.Builder list = CollectionDef.BytesList.newBuilder();
    Variables variables = graph.variables();
    List<ParameterSpec> specs = variables.specs();
    for (int i = 0; i < specs.size(); i++) {
      NodeDef assign = nodes.get(graph.initializers().get(i).op().name());
      String initialValue = assign.getInput(1);
      ByteString definition =
          VariableDef.newBuilder()
              .setVariableName(name(variables.handle(specs.get(i))))
              .setInitialValueName(initialValue.contains(":") ? initialValue : initialValue + ":0")
              .setInitializerName(assign.getName())
              .setSnapshotName(name(variables.get(specs.get(i))))
              .setIsResource(true)
              .setTrainable(true)
              .build()
              .toByteString();
      list.addValue(definition);
    }
    return CollectionDef.newBuilder().setBytesList(list).build();
  }

  private static SignatureDef denoise(ServingGraph graph) {
    SignatureDef.Builder signature =
        SignatureDef.newBuilder()
            .setMethodName(PREDICT)
            .putInputs("x", info(graph.inputs().x(), DataType.DT_FLOAT))
            .putInputs("t", info(graph.inputs().t(), DataType.DT_FLOAT));
    graph
        .inputs()
        .label()
        .ifPresent(label -> signature.putInputs("label", info(label, DataType.DT_INT32)));
    graph
        .inputs()
        .context()
        .ifPresent(context -> signature.putInputs("context", info(context, DataType.DT_FLOAT)));
    // The graph's own inference loses the batch dimension's bond to x; the shapes are the same.
    TensorInfo prediction =
        info(graph.prediction(), DataType.DT_FLOAT).toBuilder()
            .setTensorShape(shape(graph.inputs().x().shape()))
            .build();
    return signature.putOutputs("prediction", prediction).build();
  }

  private static TensorInfo info(Operand<?> tensor, DataType type) {
    return TensorInfo.newBuilder()
        .setName(name(tensor))
        .setDtype(type)
        .setTensorShape(shape(tensor.shape()))
        .build();
  }

  private static String name(Operand<?> tensor) {
    return tensor.asOutput().op().name() + ":" + tensor.asOutput().index();
  }

  private static TensorShapeProto shape(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    for (long size : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return proto.build();
  }
}
