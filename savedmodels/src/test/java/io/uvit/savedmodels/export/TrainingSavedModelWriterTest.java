package io.uvit.savedmodels.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.TextConditional;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.signature.SavedModelInfo;
import io.uvit.savedmodels.signature.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** Exported training programs describe themselves, and a call is one step whatever is fetched. */
class TrainingSavedModelWriterTest {
  private static final Provenance PROVENANCE = Provenance.ofExperiment("test");

  @TempDir Path folder;

  private final Experiment experiment = TinyExperiment.with("train.batch_size=2");

  @Test
  void describesItselfToLoaders() throws IOException {
    export("m", experiment);
    List<String> parameters =
        new UViT(UViTConfig.of(experiment.getModel()))
            .parameters().stream().map(ParameterSpec::name).toList();
    try (SavedModelBundle bundle = load("m")) {
      MetaGraphDef meta = bundle.metaGraphDef();
      assertEquals(List.of("train"), meta.getMetaInfoDef().getTagsList());
      assertEquals(parameters, variables(bundle, "trainable_variables"));
      List<String> all = new ArrayList<>();
      for (String prefix : List.of("", "ema.", "adam_m.", "adam_v.")) {
        parameters.forEach(name -> all.add(prefix + name));
      }
      all.addAll(List.of("step", "updates", "skipped"));
      assertEquals(all, variables(bundle, "variables"));
    }
    assertThrows(
        TensorFlowException.class,
        () -> SavedModelBundle.load(folder.resolve("m").toString(), "serve").close());
    SavedModelInfo info = SavedModelInfo.read(folder.resolve("m"));
    assertEquals(
        new TreeSet<>(parameters),
        new TreeSet<>(info.parameters().stream().map(TensorSpec::name).toList()));
    String card = Files.readString(folder.resolve("m/assets.extra/model_card.md"));
    assertTrue(card.contains("| `restore` | `prefix` string [] | `step` int64 [] |"), card);
    assertEquals(
        experiment, ConfigLoader.load(folder.resolve("m/assets.extra/experiment.textproto")));
  }

  @Test
  void inFloat16TheLossScaleIsAVariableAndAnOutput() throws IOException {
    export("m", TinyExperiment.with("train.batch_size=2", "runtime.precision=FLOAT16"));
    try (SavedModelBundle bundle = load("m");
        TUint8 images = TUint8.tensorOf(Shape.of(2, 8, 8, 1));
        TInt32 labels = TInt32.vectorOf(3, 4)) {
      List<String> variables = variables(bundle, "variables");
      assertEquals(
          List.of("step", "updates", "skipped", "loss_scale", "growth_tracker"),
          variables.subList(variables.size() - 5, variables.size()));
      SignatureDef step = bundle.metaGraphDef().getSignatureDefOrThrow("train_step");
      for (long steps = 1; steps <= 2; steps++) {
        try (Result result =
            bundle
                .session()
                .runner()
                .feed(step.getInputsOrThrow("images").getName(), images)
                .feed(step.getInputsOrThrow("label").getName(), labels)
                .fetch(step.getOutputsOrThrow("loss_scale").getName())
                .run()) {
          assertEquals(65536, ((TFloat32) result.get(0)).getFloat());
        }
        try (Result result = bundle.session().runner().fetch("growth_tracker.read").run()) {
          assertEquals(steps, ((TInt64) result.get(0)).getLong());
        }
      }
    }
  }

  @Test
  void inputsAreWhatTheModelHas() throws IOException {
    Experiment.Builder text = experiment.toBuilder();
    text.getModelBuilder()
        .setTextConditional(TextConditional.newBuilder().setNumTokens(3).setContextDim(5));
    text.getDataBuilder().clearLabelDropout();
    Experiment.Builder none = text.clone();
    none.getModelBuilder().getUnconditionalBuilder();
    assertEquals(Set.of("images", "label"), inputs("labels", experiment, "train_step"));
    assertEquals(Set.of("images", "context"), inputs("text", text.build(), "train_step"));
    assertEquals(Set.of("images"), inputs("none", none.build(), "train_step"));
    for (String name : List.of("train_step_with", "evaluate", "evaluate_ema")) {
      assertEquals(Set.of("x0", "t", "noise", "label"), inputs("labels", experiment, name));
      assertEquals(Set.of("x0", "t", "noise", "context"), inputs("text", text.build(), name));
      assertEquals(Set.of("x0", "t", "noise"), inputs("none", none.build(), name));
    }
    assertEquals(Set.of("x", "t", "context"), inputs("text", text.build(), "denoise"));
  }

  @Test
  void everyCallIsOneStepWhateverIsFetched() throws IOException {
    export("m", experiment);
    try (SavedModelBundle bundle = load("m");
        TUint8 images = TUint8.tensorOf(Shape.of(2, 8, 8, 1));
        TInt32 labels = TInt32.vectorOf(3, 4)) {
      SignatureDef step = bundle.metaGraphDef().getSignatureDefOrThrow("train_step");
      long calls = 0;
      List<List<String>> choices = new ArrayList<>();
      step.getOutputsMap().keySet().forEach(key -> choices.add(List.of(key)));
      choices.add(List.copyOf(step.getOutputsMap().keySet()));
      for (List<String> keys : choices) {
        Session.Runner runner =
            bundle
                .session()
                .runner()
                .feed(step.getInputsOrThrow("images").getName(), images)
                .feed(step.getInputsOrThrow("label").getName(), labels);
        keys.forEach(key -> runner.fetch(step.getOutputsOrThrow(key).getName()));
        runner.run().close();
        calls++;
        assertEquals(calls, count(bundle, "step.read"), "fetched " + keys);
        assertEquals(calls, count(bundle, "updates.read"), "fetched " + keys);
      }
      SignatureDef first = bundle.metaGraphDef().getSignatureDefOrThrow("initialize");
      assertEquals(0, count(bundle, first.getOutputsOrThrow("step").getName()));
      assertEquals(0, count(bundle, "updates.read"));
    }
  }

  @Test
  void equalExportsAreEqualFiles() throws IOException {
    export("a", experiment);
    export("b", experiment);
    for (String file : List.of("saved_model.pb", "variables/variables.data-00000-of-00001")) {
      assertEquals(
          -1, Files.mismatch(folder.resolve("a").resolve(file), folder.resolve("b").resolve(file)));
    }
  }

  @Test
  void aFailureLeavesWhatWasThere() throws IOException {
    export("m", experiment);
    byte[] before = Files.readAllBytes(folder.resolve("m/saved_model.pb"));
    assertThrows(TargetExistsException.class, () -> export("m", experiment));
    for (String target : List.of("m", "new")) {
      assertThrows(
          IOException.class,
          () ->
              new TrainingSavedModelWriter()
                  .write(
                      folder.resolve(target),
                      true,
                      experiment,
                      (session, graph) -> {
                        throw new IOException("no values");
                      },
                      PROVENANCE));
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("m")), left.toList());
    }
    assertArrayEquals(before, Files.readAllBytes(folder.resolve("m/saved_model.pb")));
    load("m").close();
  }

  private void export(String name, Experiment of) throws IOException {
    new TrainingSavedModelWriter()
        .write(folder.resolve(name), false, of, TrainingSavedModelWriter.Values.FIRST, PROVENANCE);
  }

  private SavedModelBundle load(String name) {
    return SavedModelBundle.load(folder.resolve(name).toString(), "train");
  }

  private Set<String> inputs(String name, Experiment of, String signature) throws IOException {
    if (!Files.exists(folder.resolve(name))) {
      export(name, of);
    }
    Set<String> keys = new TreeSet<>();
    SavedModelInfo.read(folder.resolve(name))
        .signature(signature)
        .inputs()
        .forEach(input -> keys.add(input.name()));
    return keys;
  }

  private static long count(SavedModelBundle bundle, String tensor) {
    try (Result result = bundle.session().runner().fetch(tensor).run()) {
      return ((TInt64) result.get(0)).getLong();
    }
  }

  /** Names of the variables in a collection, whose tensors and ops are all in the graph. */
  private static List<String> variables(SavedModelBundle bundle, String collection)
      throws InvalidProtocolBufferException {
    List<String> names = new ArrayList<>();
    for (var bytes :
        bundle.metaGraphDef().getCollectionDefOrThrow(collection).getBytesList().getValueList()) {
      VariableDef variable = VariableDef.parseFrom(bytes);
      assertTrue(variable.getIsResource());
      bundle.graph().outputOrThrow(variable.getVariableName());
      bundle.graph().outputOrThrow(variable.getSnapshotName());
      bundle.graph().outputOrThrow(variable.getInitialValueName());
      bundle.graph().operationOrThrow(variable.getInitializerName());
      names.add(variable.getVariableName().replaceFirst(":0$", ""));
    }
    return names;
  }
}
