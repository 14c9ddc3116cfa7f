package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Solver;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.loop.NamedSolvers;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.signature.SavedModelInfo;
import io.uvit.savedmodels.signature.SignatureInfo;
import io.uvit.savedmodels.signature.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * {@code docs/savedmodel.md} is true: its tables are those of exported models of every kind, its
 * messages are those in the graphs, its Python program and its JSON draw our pixels.
 */
class SavedModelDocumentTest {
  private static final int[] LABELS = {3, 7};

  @TempDir static Path temp;

  private static SavedModelDocument document;
  private static List<Exported> models;

  /**
   * An exported model.
   *
   * @param kinds words of the column "models" that hold for it
   */
  private record Exported(Path folder, Experiment experiment, Set<String> kinds) {
    MetaGraphDef metaGraph() throws IOException {
      try (InputStream in = Files.newInputStream(folder.resolve("saved_model.pb"))) {
        return SavedModel.parseFrom(in).getMetaGraphs(0);
      }
    }
  }

  @BeforeAll
  static void export() throws IOException {
    document = SavedModelDocument.read();
    Experiment text =
        ConfigLoader.load(
            "mscoco_uvit_small",
            List.of("model.embed_dim=32", "model.depth=2", "model.num_heads=2", "sample.steps=55"));
    Experiment none = QuickstartModel.unconditional();
    Experiment decoded = RandomModel.onLatents();
    models =
        List.of(
            new Exported(
                QuickstartModel.export(temp.resolve("models/digits"), WeightStorage.DEFAULT),
                QuickstartModel.experiment(),
                Set.of("all", "class", "pixels")),
            new Exported(
                RandomModel.export(text, temp.resolve("text")),
                text,
                Set.of("all", "text", "latents")),
            new Exported(
                RandomModel.export(none, temp.resolve("none")),
                none,
                Set.of("all", "none", "pixels")),
            new Exported(
                RandomModel.exportWithAutoencoder(
                    decoded, temp.resolve("decoded"), WeightStorage.DEFAULT),
                decoded,
                Set.of("all", "class", "latents", "decoded")));
  }

  @Test
  void tablesAreTheSignatures() throws IOException {
    for (Exported model : models) {
      SavedModelInfo info = SavedModelInfo.read(model.folder());
      assertEquals(List.of("serve"), info.tags());
      Map<String, SignatureDef> definitions = model.metaGraph().getSignatureDefMap();
      assertEquals(definitions.get("sample"), definitions.get("serving_default"));
      Set<String> names = new TreeSet<>(Set.of("sample", "sample_defaults", "denoise", "solve"));
      if (model.kinds().contains("decoded")) {
        names.addAll(List.of("encode", "decode"));
      }
      for (String name : names) {
        SignatureInfo signature = info.signature(name);
        assertEquals("tensorflow/serving/predict", signature.method());
        assertEquals(documented(model, name), found(signature, definitions.get(name)), name);
        Stream.concat(signature.inputs().stream(), signature.outputs().stream())
            .forEach(spec -> assertEquals(tensorName(name, spec), spec.tensor().orElseThrow()));
      }
      names.add("serving_default");
      assertEquals(names, definitions.keySet());
    }
  }

  private static String tensorName(String signature, TensorSpec spec) {
    boolean bare = signature.equals("denoise") && !spec.name().equals("prediction");
    String scope = bare ? "" : signature.replace("_defaults", "") + "/";
    return scope + spec.name() + ":0";
  }

  private static Map<String, String> documented(Exported model, String signature) {
    Map<String, String> rows = new TreeMap<>();
    document
        .signature(signature)
        .filter(row -> model.kinds().contains(row.models()))
        .forEach(
            row ->
                rows.put(
                    (row.input() ? "input " : "output ") + row.key(),
                    row.type()
                        + " "
                        + shape(row.shape(), model.experiment())
                        + " "
                        + defaultValue(row.defaultValue(), row.type(), model.experiment())));
    assertTrue(rows.size() >= 3, "no table of " + signature);
    return rows;
  }

  private static String shape(String text, Experiment experiment) {
    Model model = experiment.getModel();
    return Arrays.stream(text.replaceAll("[\\[\\]]", "").split(", "))
        .filter(size -> !size.isEmpty())
        .map(
            size ->
                switch (size) {
                  case "B", "R", "S", "R + 2", "?" -> "-1";
                  case "H" -> String.valueOf(model.getImageHeight());
                  case "W" -> String.valueOf(model.getImageWidth());
                  case "C" -> String.valueOf(model.getChannels());
                  case "f H" ->
                      String.valueOf(
                          Autoencoder.of(experiment).downsampling() * model.getImageHeight());
                  case "f W" ->
                      String.valueOf(
                          Autoencoder.of(experiment).downsampling() * model.getImageWidth());
                  case "M" -> String.valueOf(2 * model.getChannels());
                  case "N" -> String.valueOf(model.getTextConditional().getNumTokens());
                  case "D" -> String.valueOf(model.getTextConditional().getContextDim());
                  default -> size;
                })
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String defaultValue(String text, String type, Experiment experiment) {
    String value =
        switch (text) {
          case "`seed`" -> String.valueOf(experiment.getSeed());
          case "`sample.steps`" -> String.valueOf(experiment.getSample().getSteps());
          case "`sample.solver`" -> NamedSolvers.defaultName(experiment.getSample());
          case "`sample.guidance_scale`" ->
              String.valueOf(experiment.getSample().getGuidanceScale());
          case "`sample.guidance_rescale`" ->
              String.valueOf(experiment.getSample().getGuidanceRescale());
          default -> text;
        };
    boolean number = type.equals("float32") && !value.isEmpty() && !value.equals("none");
    return number ? String.valueOf(Float.parseFloat(value)) : value;
  }

  private static Map<String, String> found(SignatureInfo signature, SignatureDef definition) {
    Map<String, String> rows = new TreeMap<>();
    for (TensorSpec input : signature.inputs()) {
      TensorProto value = definition.getDefaultsMap().get(input.name());
      rows.put("input " + input.name(), describe(input) + (value == null ? "" : text(value)));
    }
    signature.outputs().forEach(output -> rows.put("output " + output.name(), describe(output)));
    return rows;
  }

  private static String describe(TensorSpec spec) {
    return spec.typeName() + " " + spec.shape().orElseThrow() + " ";
  }

  private static String text(TensorProto value) {
    if (value.getTensorShape().getDimList().stream().anyMatch(d -> d.getSize() == 0)) {
      return "none";
    }
    return switch (value.getDtype()) {
      case DT_INT32 -> String.valueOf(value.getIntVal(0));
      case DT_INT64 -> String.valueOf(value.getInt64Val(0));
      case DT_FLOAT -> String.valueOf(value.getFloatVal(0));
      case DT_STRING -> value.getStringVal(0).toStringUtf8();
      default -> throw new AssertionError(value.getDtype());
    };
  }

  @Test
  void solversAreTheNamedOnes() {
    Matcher list =
        Pattern.compile("(?s)\nSolvers: (.*?)\\. ").matcher(document.section("`sample`"));
    assertTrue(list.find());
    assertEquals(
        new TreeSet<>(NamedSolvers.names()),
        new TreeSet<>(List.of(list.group(1).replaceAll("[`\n ]", "").split(","))));
  }

  /** Every message of a check in a graph is documented, and no other. */
  @Test
  void messagesAreThoseOfTheGraphs() throws IOException {
    Set<String> documented = new TreeSet<>();
    document.rows("Errors").forEach(row -> documented.add(row.get(0).replace("`", "")));
    Set<String> found = new TreeSet<>();
    for (Exported model : models) {
      MetaGraphDef meta = model.metaGraph();
      Map<String, NodeDef> nodes = new TreeMap<>();
      meta.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
      nodes.values().stream()
          .filter(node -> node.getOp().equals("Assert"))
          .map(node -> nodes.get(node.getInput(1)))
          .map(node -> node.getAttrOrThrow("value").getTensor().getStringVal(0).toStringUtf8())
          .map(
              message ->
                  message
                      .replaceFirst("wanted 0\\.\\.[0-9]+, found", "wanted 0..K-1, found")
                      .replaceFirst("(solver: wanted one of ).*(; found)", "$1...$2")
                      .replaceFirst("(steps: wanted one of 1-50, )[-0-9, ]*(; found)", "$1$2"))
          .map(message -> message.replace("1-50, ;", "1-50, 60, 70, ...;"))
          .forEach(found::add);
    }
    assertEquals(documented, found);
  }

  @Test
  void thePythonProgramDraws() throws Exception {
    List<String> programs = document.blocks("python");
    assertEquals(1, programs.size());
    assertEquals("(2, 28, 28, 1) uint8 (2, 28, 28, 1)\n", Python.run(temp, programs.get(0)));
  }

  /** As TensorFlow Serving's REST interface converts it: types of the signature, shapes of JSON. */
  @Test
  void theJsonDraws() throws IOException {
    List<String> bodies = document.blocks("json");
    assertEquals(2, bodies.size());
    Path model = models.get(0).folder();
    SampleRequest.Builder request = SampleRequest.builder().labels(LABELS).seed(42);
    QuickstartModel.assertSamePixels(
        "sample_defaults",
        QuickstartModel.pixels(model, request.build()),
        rest(model, bodies.get(0), "sample_defaults"));
    request.solver(Solver.DPM_SOLVER_PP_2M).steps(20).guidanceScale(3);
    QuickstartModel.assertSamePixels(
        "sample",
        QuickstartModel.pixels(model, request.build()),
        rest(model, bodies.get(1), "sample"));
  }

  private static byte[] rest(Path model, String body, String name) {
    JsonObject json = JsonParser.parseString(body).getAsJsonObject();
    assertEquals(name, json.get("signature_name").getAsString());
    JsonObject inputs = json.getAsJsonObject("inputs");
    List<Tensor> tensors = new ArrayList<>();
    try (SavedModelBundle bundle = SavedModelBundle.load(model.toString(), "serve")) {
      SignatureDef signature = bundle.metaGraphDef().getSignatureDefOrThrow(name);
      assertEquals(signature.getInputsMap().keySet(), inputs.keySet());
      Session.Runner runner = bundle.session().runner();
      inputs
          .entrySet()
          .forEach(
              entry -> {
                var info = signature.getInputsOrThrow(entry.getKey());
                Tensor tensor = tensor(entry.getValue(), info.getDtype());
                tensors.add(tensor);
                runner.feed(info.getName(), tensor);
              });
      try (Result result = runner.fetch(signature.getOutputsOrThrow("images").getName()).run()) {
        TUint8 images = (TUint8) result.get(0);
        byte[] bytes = new byte[(int) images.size()];
        images.asRawTensor().data().read(bytes);
        return bytes;
      }
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  /** A number, or a list of numbers. */
  private static Tensor tensor(JsonElement json, org.tensorflow.proto.DataType type) {
    boolean list = json instanceof JsonArray;
    List<JsonElement> values = list ? json.getAsJsonArray().asList() : List.of(json);
    Shape shape = list ? Shape.of(values.size()) : Shape.scalar();
    return switch (type) {
      case DT_INT32 ->
          TInt32.tensorOf(
              shape, DataBuffers.of(values.stream().mapToInt(JsonElement::getAsInt).toArray()));
      case DT_INT64 ->
          TInt64.tensorOf(
              shape, DataBuffers.of(values.stream().mapToLong(JsonElement::getAsLong).toArray()));
      case DT_FLOAT -> {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = values.get(i).getAsFloat();
        }
        yield TFloat32.tensorOf(shape, DataBuffers.of(floats, true, false));
      }
      case DT_STRING -> TString.tensorOf(NdArrays.scalarOfObject(json.getAsString()));
      default -> throw new AssertionError(type);
    };
  }
}
